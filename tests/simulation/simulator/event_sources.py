"""What invokes functions: queues and the schedule. At least once, in any order, as late as they please."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from tests.fakes.clock import NOON
from tests.fakes.dead_letters import FakeDeadLetters
from tests.fakes.job_queue import FakeQueue, Message
from tests.fakes.jobs import FakeJobs
from tests.simulation.simulator.functions import Functions
from tests.simulation.simulator.random_source import RandomSource
from tests.simulation.simulator.schedule import Schedule
from tests.simulation.simulator.template_properties import queue_limits

Json = dict[str, Any]

BATCH = 3
HOURS = 3600.0
MINUTE = 60.0


def seconds(moment: datetime) -> float:
    """A time as the schedule counts it."""
    return (moment - NOON).total_seconds()


class PolledQueue:
    """A queue and what polls it: a batch of messages a time, deleted when the function has not named them as failed.

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
        """The function's answer to a batch."""
        raise NotImplementedError

    def on_max_receives(self, message: Message) -> None:
        """The message was received too often."""
        raise NotImplementedError

    def on_delete(self, message: Message) -> None:
        """The message is about to be deleted, since the function has not named it as failed."""

    @property
    def busy(self) -> bool:
        """Whether a message waits."""
        return bool(self.queue.messages or self.queue.dead)

    def _poll_when_visible(self, when: datetime) -> None:
        late = (
            self._random_source.between(0, 6 * HOURS)
            if self._random_source.happens(self._random_source.behavior.delays)
            else 0.0
        )
        self._schedule.at(seconds(when) + late + self._random_source.between(0.01, 1), self._poll)

    def _poll(self) -> None:
        batch: list[Message] = []
        while len(batch) < self.batch and (message := self.queue.receive()):
            batch.append(message)
        while self.queue.dead:
            self.on_max_receives(self.queue.dead.pop())
        if not batch:
            return
        twice = self._random_source.behavior.duplicates
        for message in batch:
            if self._random_source.happens(twice):
                again = timedelta(seconds=self._random_source.between(0, 60))
                self.queue.show(message, self._schedule.clock() + again)
        response = self.take({"Records": [_sqs(*numbered) for numbered in enumerate(batch)]})
        failed = {item["itemIdentifier"] for item in response["batchItemFailures"]} if response else None
        for index, message in enumerate(batch):
            if failed is not None and str(index) not in failed and not self._random_source.happens(twice):
                self.on_delete(message)
                self.queue.delete(message)


class PriorityQueue(PolledQueue):
    """The queue of a priority; what the stitcher cannot process goes to the `graves`."""

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
        """To the stitcher."""
        return self.functions.stitch(event)

    def on_max_receives(self, message: Message) -> None:
        """The message is the poison function's until that has taken it."""
        self._failed_dispatches.adopt(message)


class FailedDispatchQueue(PolledQueue):
    """The poison queue, and the `dead_letters` to which SQS moves what the poison function itself fails at.

    `on_adopt`, `done` and `on_dead_letter` get each message that comes, that is taken for done, and that SQS gives up.
    """

    batch = 5

    def __init__(
        self, schedule: Schedule, random_source: RandomSource, dead_letters: FakeDeadLetters
    ) -> None:
        super().__init__(schedule, random_source, **queue_limits("FailedDispatchQueue"))
        self._dead_letters = dead_letters
        self.on_adopt: Callable[[Message], None] = lambda _: None
        self.on_done: Callable[[Message], None] = lambda _: None
        self.on_dead_letter: Callable[[Message], None] = lambda _: None

    def adopt(self, message: Message) -> None:
        """SQS has moved a message here."""
        self.on_adopt(message)
        self.queue.adopt(message)

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """To the poison function."""
        return self.functions.dead_letter(event)

    def on_max_receives(self, message: Message) -> None:
        """SQS moves it on."""
        self.on_dead_letter(message)
        self._dead_letters.put(message.body, "")

    def on_delete(self, message: Message) -> None:
        """Told."""
        self.on_done(message)


class RepairRequestQueue(PolledQueue):
    """RepairRequestQueue for repair; SQS moves those that fail to what the recorder has set `stream_dead_letters`."""

    batch = 1

    def __init__(
        self, schedule: Schedule, random_source: RandomSource, stream_dead_letters: FakeDeadLetters
    ) -> None:
        super().__init__(schedule, random_source, **queue_limits("RepairQueue"))
        self._stream_dead_letters = stream_dead_letters

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """To the recorder."""
        return self.functions.repair(event)

    def on_max_receives(self, message: Message) -> None:
        """SQS moves it on."""
        self._stream_dead_letters.put(message.body, "")


def _sqs(index: int, message: Message) -> Json:
    sent = {"SentTimestamp": str(round(message.sent_at.timestamp() * 1000))}
    return {"messageId": str(index), "body": message.body, "eventSource": "aws:sqs", "attributes": sent}


class SweepTimer:
    """The rule that fires every minute; minutes in which nothing can be due by anybody's clock are passed over."""

    def __init__(self, schedule: Schedule, jobs: FakeJobs, sweep: Callable[[], None], skew: float) -> None:
        self._schedule, self._jobs, self._sweep, self._skew = schedule, jobs, sweep, skew
        self._next: float | None = None

    def update(self) -> None:
        """Something may be due earlier than was known."""
        minute = self._due()
        if minute is not None and (self._next is None or minute < self._next):
            self._next = minute
            self._schedule.at(minute, lambda: self._fire(minute))

    def _fire(self, minute: float) -> None:
        if self._next == minute:
            self._next = minute + MINUTE
            self._schedule.at(minute + MINUTE, lambda: self._fire(minute + MINUTE))
            if self._due_by(minute):
                self._sweep()
            else:
                self._next = None
                self.update()

    def _due(self) -> float | None:
        """The first minute in which something may be due."""
        due = self._jobs.next_due()
        if due is None:
            return None
        moment = seconds(datetime.fromisoformat(due)) - self._skew
        return MINUTE * ceil(max(self._schedule.now, moment) / MINUTE)

    def _due_by(self, minute: float) -> bool:
        due = self._due()
        return due is not None and due <= minute
