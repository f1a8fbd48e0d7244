"""Event sources that invoke functions: queues and the schedule. Delivery is at least once, unordered, and may
be late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from tests.fakes.clock import NOON
from tests.fakes.storage.dead_letters import FakeDeadLetters
from tests.fakes.storage.job_queue import FakeQueue, Message
from tests.fakes.storage.jobs import FakeJobs
from tests.simulation.simulator.functions import Functions
from tests.simulation.simulator.random_source import RandomSource
from tests.simulation.simulator.schedule import Schedule
from tests.simulation.simulator.template_properties import queue_limits

Json = dict[str, Any]

BATCH = 3
HOURS = 3600.0
MINUTE = 60.0


def seconds(time: datetime) -> float:
    """Returns the time in seconds of the schedule."""
    return (time - NOON).total_seconds()


class PolledQueue:
    """A queue and its event source mapping: delivers batches, and deletes messages that the function did not
    report.

    `limits` are those of FakeQueue.
    """

    batch = BATCH

    def __init__(self, schedule: Schedule, random_source: RandomSource, **limits: Any) -> None:
        self._schedule, self._random_source = schedule, random_source
        self.queue = FakeQueue(
            schedule.clock, on_visible=self._poll_when_visible, pick=random_source.choose, **limits
        )
        self.functions: Functions

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """Returns the function's response to a batch, None if there was none."""
        raise NotImplementedError

    def on_max_receives(self, message: Message) -> None:
        """Handles a message that was received too often."""
        raise NotImplementedError

    def on_delete(self, message: Message) -> None:
        """Called before a message is deleted, which the function did not report as failed."""

    @property
    def busy(self) -> bool:
        """Returns whether a message waits."""
        return bool(self.queue.messages or self.queue.dead)

    def _poll_when_visible(self, visible_at: datetime) -> None:
        delay = self._random_source.delay(6 * HOURS)
        self._schedule.at(seconds(visible_at) + delay + self._random_source.between(0.01, 1), self._poll)

    def _poll(self) -> None:
        batch: list[Message] = []
        while len(batch) < self.batch and (message := self.queue.receive()):
            batch.append(message)
        while self.queue.dead:
            self.on_max_receives(self.queue.dead.pop())
        if not batch:
            return
        duplicates = self._random_source.behavior.duplicates
        for message in batch:
            if self._random_source.happens(duplicates):
                redelivery = timedelta(seconds=self._random_source.between(0, 60))
                self.queue.show(message, self._schedule.clock() + redelivery)
        response = self.take({"Records": [_sqs_record(*numbered) for numbered in enumerate(batch)]})
        failed = {item["itemIdentifier"] for item in response["batchItemFailures"]} if response else None
        for index, message in enumerate(batch):
            if (
                failed is not None
                and str(index) not in failed
                and not self._random_source.happens(duplicates)
            ):
                self.on_delete(message)
                self.queue.delete(message)


class PriorityQueue(PolledQueue):
    """The queue of one priority. Messages that the stitcher cannot process go to `failed_dispatches`."""

    def __init__(
        self,
        schedule: Schedule,
        random_source: RandomSource,
        logical_id: str,
        failed_dispatches: FailedDispatchQueue,
    ) -> None:
        super().__init__(schedule, random_source, **queue_limits(logical_id))
        self._failed_dispatches = failed_dispatches

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """Invokes the stitcher."""
        return self.functions.stitch(event)

    def on_max_receives(self, message: Message) -> None:
        """Moves the message to the queue of the dead-letter function."""
        self._failed_dispatches.adopt(message)


class FailedDispatchQueue(PolledQueue):
    """The queue of the dead-letter function. SQS moves messages that it fails at to the dead letters.

    `on_adopt` gets each message that arrives, `on_handled` each one that is deleted as handled, and
    `on_dead_letter` each one that SQS moves on.
    """

    batch = 5

    def __init__(
        self, schedule: Schedule, random_source: RandomSource, dead_letters: FakeDeadLetters
    ) -> None:
        super().__init__(schedule, random_source, **queue_limits("FailedDispatchQueue"))
        self._dead_letters = dead_letters
        self.on_adopt: Callable[[Message], None] = lambda _: None
        self.on_handled: Callable[[Message], None] = lambda _: None
        self.on_dead_letter: Callable[[Message], None] = lambda _: None

    def adopt(self, message: Message) -> None:
        """Takes a message that SQS moves here."""
        self.on_adopt(message)
        self.queue.adopt(message)

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """Invokes the dead-letter function."""
        return self.functions.dead_letter(event)

    def on_max_receives(self, message: Message) -> None:
        """Moves the message to the dead letters."""
        self.on_dead_letter(message)
        self._dead_letters.put(message.body, "")

    def on_delete(self, message: Message) -> None:
        """Reports the message as handled."""
        self.on_handled(message)


class RepairRequestQueue(PolledQueue):
    """The queue of repair requests. SQS moves requests that fail to the dead letters of the stream."""

    batch = 1

    def __init__(
        self, schedule: Schedule, random_source: RandomSource, stream_dead_letters: FakeDeadLetters
    ) -> None:
        super().__init__(schedule, random_source, **queue_limits("RepairQueue"))
        self._stream_dead_letters = stream_dead_letters

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """Invokes the recorder."""
        return self.functions.repair(event)

    def on_max_receives(self, message: Message) -> None:
        """Moves the request to the dead letters of the stream."""
        self._stream_dead_letters.put(message.body, "")


def _sqs_record(index: int, message: Message) -> Json:
    attributes = {"SentTimestamp": str(round(message.sent_at.timestamp() * 1000))}
    return {"messageId": str(index), "body": message.body, "eventSource": "aws:sqs", "attributes": attributes}


class SweepTimer:
    """The rule that invokes the sweeper every minute. It skips minutes in which no job can be due by any
    clock.
    """

    def __init__(self, schedule: Schedule, jobs: FakeJobs, sweep: Callable[[], None], skew: float) -> None:
        self._schedule, self._jobs, self._sweep, self._skew = schedule, jobs, sweep, skew
        self._next: float | None = None

    def update(self) -> None:
        """Schedules an earlier sweep if a job is due before the next one."""
        minute = self._next_due_minute()
        if minute is not None and (self._next is None or minute < self._next):
            self._next = minute
            self._schedule.at(minute, lambda: self._fire(minute))

    def _fire(self, minute: float) -> None:
        if self._next == minute:
            self._next = minute + MINUTE
            self._schedule.at(minute + MINUTE, lambda: self._fire(minute + MINUTE))
            if self._is_due_by(minute):
                self._sweep()
            else:
                self._next = None
                self.update()

    def _next_due_minute(self) -> float | None:
        """Returns the first minute in which a job may be due, in seconds of the schedule."""
        due = self._jobs.next_due()
        if due is None:
            return None
        due_at = seconds(datetime.fromisoformat(due)) - self._skew
        return MINUTE * ceil(max(self._schedule.now, due_at) / MINUTE)

    def _is_due_by(self, minute: float) -> bool:
        due = self._next_due_minute()
        return due is not None and due <= minute
