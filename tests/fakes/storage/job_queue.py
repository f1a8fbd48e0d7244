"""The dispatch queue in memory: at least once, with visibility, delays, retention and a dead-letter queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mosaic.storage.job_queue import MAX_DELAY, JobMessage, QueueUnavailable


@dataclass(eq=False)
class Message:
    """A message in the queue, invisible before `visible_at`."""

    body: str
    visible_at: datetime
    sent_at: datetime
    receives: int = 0

    @property
    def job_message(self) -> JobMessage:
        """The parsed body. Raises pydantic.ValidationError if it is not a job message."""
        return JobMessage.model_validate_json(self.body)


class FakeQueue:
    """`Queue` and its consumer's side. While `down`, nothing can be sent.

    `on_visible` gets the time at which a message becomes visible. `pick` chooses among visible messages, by default
    the one that has waited longest.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        visibility: timedelta = timedelta(seconds=360),
        retention: timedelta = timedelta(days=4),
        max_receives: int = 5,
        on_visible: Callable[[datetime], object] = lambda _: None,
        pick: Callable[[Sequence[Message]], Message] = lambda seen: seen[0],
    ) -> None:
        self._clock = clock
        self._visibility = visibility
        self._retention = retention
        self._max_receives = max_receives
        self._on_visible = on_visible
        self._pick = pick
        self.messages: list[Message] = []
        self.dead: list[Message] = []
        self.down = False

    def send(self, job_message: JobMessage, delay_seconds: int = 0) -> None:
        """See `Queue.send`."""
        if self.down:
            raise QueueUnavailable(f"the message for job {job_message.job_id} was not sent: down")
        self.put(
            json.dumps(job_message.model_dump(by_alias=True)),
            timedelta(seconds=min(delay_seconds, MAX_DELAY)),
        )

    def put(self, body: str, delay: timedelta = timedelta()) -> None:
        """Adds a message with any body."""
        now = self._clock()
        self.messages.append(Message(body, now, now))
        self._hide(self.messages[-1], now + delay)

    def adopt(self, message: Message) -> None:
        """Adds a message that SQS moved here from another queue, with its send time and receive count."""
        now = self._clock()
        self.messages.append(Message(message.body, now, message.sent_at, message.receives))
        self._hide(self.messages[-1], now)

    def receive(self) -> Message | None:
        """Returns a visible message and hides it. A message that was received too often goes to `dead`."""
        now = self._clock()
        self.messages = [one for one in self.messages if now - one.sent_at < self._retention]
        while seen := sorted((one for one in self.messages if one.visible_at <= now), key=_longest_seen):
            message = self._pick(seen)
            if message.receives < self._max_receives:
                message.receives += 1
                self._hide(message, now + self._visibility)
                return message
            self.delete(message)
            self.dead.append(message)
        return None

    def delete(self, message: Message) -> None:
        """Deletes the message; does nothing if it is gone."""
        if message in self.messages:
            self.messages.remove(message)

    def show(self, message: Message, at: datetime) -> None:
        """Makes a message visible at another time, too early or hours late, as standard queues may."""
        self._hide(message, at)

    def next_event(self) -> datetime | None:
        """The time at which the next message becomes visible."""
        return min((message.visible_at for message in self.messages), default=None)

    def _hide(self, message: Message, until: datetime) -> None:
        message.visible_at = until
        self._on_visible(until)


def _longest_seen(message: Message) -> datetime:
    return message.visible_at
