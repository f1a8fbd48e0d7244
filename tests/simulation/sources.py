"""What invokes functions: queues, the stream, the schedule. At least once, in any order, as late as they please."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from zlib import crc32

from mosaic.jobs.items import document
from mosaic.jobs.model import Job
from tests.fakes.clock import NOON
from tests.fakes.jobs import FakeJobs
from tests.fakes.queue import FakeQueue, Message
from tests.simulation.chance import Chance
from tests.simulation.functions import Functions
from tests.simulation.schedule import Schedule

Json = dict[str, Any]

BATCH = 3
HOURS = 3600.0
MINUTE = 60.0
# Lambda gives a record up after twenty tries; nothing befalls its reader for longer than these.
TRIES_IN_A_STORM = 10


def seconds(moment: datetime) -> float:
    """A time as the schedule counts it."""
    return (moment - NOON).total_seconds()


class Polled:
    """A queue and what polls it: a batch of messages a time, deleted when the function has not named them as failed.

    `limits` are those of FakeQueue.
    """

    batch = BATCH

    def __init__(self, schedule: Schedule, chance: Chance, **limits: Any) -> None:
        self._schedule, self._chance = schedule, chance
        self.queue = FakeQueue(schedule.clock, told=self._told, pick=chance.one_of, **limits)
        self.functions: Functions

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """The function's answer to a batch."""
        raise NotImplementedError

    def bury(self, message: Message) -> None:
        """The message was received too often."""
        raise NotImplementedError

    def _told(self, when: datetime) -> None:
        late = self._chance.between(0, 6 * HOURS) if self._chance.happens(self._chance.manners.late) else 0.0
        self._schedule.at(seconds(when) + late + self._chance.between(0.01, 1), self._poll)

    def _poll(self) -> None:
        batch: list[Message] = []
        while len(batch) < self.batch and (message := self.queue.receive()):
            batch.append(message)
        while self.queue.dead:
            self.bury(self.queue.dead.pop())
        if not batch:
            return
        twice = self._chance.manners.twice
        for message in batch:
            if self._chance.happens(twice):
                again = timedelta(seconds=self._chance.between(0, 60))
                self.queue.show(message, self._schedule.clock() + again)
        told = self.take({"Records": [_sqs(*numbered) for numbered in enumerate(batch)]})
        failed = {item["itemIdentifier"] for item in told["batchItemFailures"]} if told else None
        for index, message in enumerate(batch):
            if failed is not None and str(index) not in failed and not self._chance.happens(twice):
                self.queue.delete(message)


class Lane(Polled):
    """A lane of the dispatch queue, and the poison function behind it."""

    def __init__(self, schedule: Schedule, chance: Chance) -> None:
        super().__init__(schedule, chance)
        self.buried: list[Message] = []

    @property
    def busy(self) -> bool:
        """Whether a message waits for the stitcher, or for the poison function."""
        return bool(self.queue.messages or self.queue.dead or self.buried)

    def take(self, event: Json) -> Mapping[str, Any] | None:
        """To the stitcher."""
        return self.functions.stitch(event)

    def bury(self, message: Message) -> None:
        """The message is the poison function's until that has taken it."""
        self.buried.append(message)

        def take() -> None:
            told = self.functions.bury({"Records": [_sqs(0, message)]})
            if told and not told["batchItemFailures"]:
                self.buried.remove(message)
            else:
                self._schedule.after(MINUTE, take)

        self._schedule.after(1, take)


def _sqs(index: int, message: Message) -> Json:
    sent = {"SentTimestamp": str(round(message.sent_at.timestamp() * 1000))}
    return {"messageId": str(index), "body": message.body, "eventSource": "aws:sqs", "attributes": sent}


@dataclass
class Shard:
    """A shard of the stream, and how far its one reader has come."""

    records: list[Json] = field(default_factory=list)
    done: int = 0
    tries: int = 0
    busy: bool = False


class Stream:
    """The jobs table's stream: ordered within a job, each shard read by one recorder at a time until it is done."""

    def __init__(self, schedule: Schedule, chance: Chance) -> None:
        self._schedule, self._chance = schedule, chance
        self._shards = (Shard(), Shard())
        self._images: dict[tuple[str, str], str] = {}
        self._records = 0
        self.functions: Functions

    def take(self, old: Job | None, new: Job) -> None:
        """The table has changed."""
        key, after = (new.workspace_id, new.id), document(new)
        images = {"NewImage": {"job": {"S": after}}}
        if old is not None:
            images["OldImage"] = {"job": {"S": self._images[key]}}
        self._images[key] = after
        self._records += 1
        record = {"SequenceNumber": str(self._records), **images}
        shard = self._shards[crc32(new.id.encode()) % len(self._shards)]
        shard.records.append({"eventName": "MODIFY" if old else "INSERT", "dynamodb": record})
        late = self._chance.happens(self._chance.manners.late)
        wait = self._chance.between(0, 3 * HOURS) if late else self._chance.between(0.2, 1)
        self._schedule.after(wait, lambda: self._read(shard))

    def replay(self) -> None:
        """Everything is read from the start once more."""
        for shard in self._shards:
            shard.done = 0
            self._schedule.after(1, lambda shard=shard: self._read(shard))  # type: ignore[misc]  # bound at once

    @property
    def behind(self) -> bool:
        """Whether something is still to be read."""
        return any(shard.done < len(shard.records) for shard in self._shards)

    def _read(self, shard: Shard) -> None:
        if shard.busy or shard.done == len(shard.records):
            return
        size = ceil(self._chance.between(1, 10)) >> min(shard.tries, 4) or 1
        batch = shard.records[shard.done : shard.done + size]
        shard.busy = True
        told = self.functions.record({"Records": batch}, spared=shard.tries > TRIES_IN_A_STORM)
        shard.busy = False
        done = _done(batch, told)
        if done == len(batch) and self._chance.happens(self._chance.manners.twice):
            done = 0
        shard.done += done
        shard.tries = 0 if done else shard.tries + 1
        wait = 2.0 ** min(shard.tries, 6) if shard.tries else 0.2
        self._schedule.after(wait, lambda: self._read(shard))


def _done(batch: list[Json], told: Mapping[str, Any] | None) -> int:
    """How many records from the start of the batch are done."""
    if told is None:
        return 0
    failed = {item["itemIdentifier"] for item in told["batchItemFailures"]}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    return next((index for index, number in enumerate(numbers) if number in failed), len(batch))


class Minutes:
    """The rule that fires every minute; minutes in which nothing can be due by anybody's clock are passed over."""

    def __init__(self, schedule: Schedule, jobs: FakeJobs, sweep: Callable[[], None], skew: float) -> None:
        self._schedule, self._jobs, self._sweep, self._skew = schedule, jobs, sweep, skew
        self._next: float | None = None

    def look(self) -> None:
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
                self.look()

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
