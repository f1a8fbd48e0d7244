"""The dispatch queue in memory: at least once, with visibility, delays and a dead-letter queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mosaic.jobs.queue import MAX_DELAY, QueueUnavailable, Wake


@dataclass(eq=False)
class Message:
    """A message in the queue, seen by nobody before `visible_at`."""

    wake: Wake
    visible_at: datetime
    receives: int = 0


class FakeQueue:
    """`Queue` and its consumer's side. While `down`, nothing can be sent."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        visibility: timedelta = timedelta(seconds=360),
        max_receives: int = 5,
    ) -> None:
        self._clock = clock
        self._visibility = visibility
        self._max_receives = max_receives
        self.messages: list[Message] = []
        self.dead: list[Message] = []
        self.down = False

    def send(self, wake: Wake, delay_seconds: int = 0) -> None:
        """As Queue."""
        if self.down:
            raise QueueUnavailable(f"the message for job {wake.job_id} was not sent: down")
        delay = timedelta(seconds=min(delay_seconds, MAX_DELAY))
        self.messages.append(Message(wake, self._clock() + delay))

    def receive(self) -> Message | None:
        """The message that has waited longest, hidden from now on; one received too often goes to `dead`."""
        now = self._clock()
        for message in sorted(self.messages, key=lambda message: message.visible_at):
            if message.visible_at > now:
                break
            if message.receives < self._max_receives:
                message.receives += 1
                message.visible_at = now + self._visibility
                return message
            self.delete(message)
            self.dead.append(message)
        return None

    def delete(self, message: Message) -> None:
        """The message is done."""
        self.messages.remove(message)

    def next_event(self) -> datetime | None:
        """When the next message is to be seen."""
        return min((message.visible_at for message in self.messages), default=None)
