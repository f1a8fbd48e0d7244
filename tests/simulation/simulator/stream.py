"""The jobs table's stream, and the mapping that hands it to the recorder: at least once, in order, late, given up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any
from zlib import crc32

from mosaic.jobs.model import Job
from mosaic.storage.job_items import document
from tests.fakes.repair_queue import Entry, FakeStream
from tests.simulation.simulator.event_sources import HOURS
from tests.simulation.simulator.functions import Functions
from tests.simulation.simulator.random_source import RandomSource
from tests.simulation.simulator.schedule import Schedule

# Lambda gives records up after so many tries; faults befall their reader for no longer than the others.
MOST_TRIES = 20
TRIES_IN_A_STORM = 10
# For how long the stream has its records, and where they say when they were made and of which version they are.
KEPT = 24 * HOURS
MADE, VERSION = "ApproximateCreationDateTime", "version"
# What nobody can read as a job.
CORRUPT = "{}"

Place = tuple[str, str, int]
"""Workspace, job and version."""


@dataclass
class Shard:
    """A shard of the stream, and how far its one reader has come."""

    id: str
    records: list[Entry]
    done: int = 0
    tries: int = 0
    busy: bool = False


class Stream:
    """The jobs table's stream: ordered within a job, each shard read by one recorder at a time until it is done.

    What the recorder fails at too often is `given_up`: a pointer to it, which is good for as long as it is `kept`.
    `lost` are versions of which a record cannot be read.
    """

    def __init__(
        self, schedule: Schedule, random_source: RandomSource, given_up: Callable[[str], object]
    ) -> None:
        self._schedule, self._random_source, self._given_up = schedule, random_source, given_up
        self.kept = FakeStream(lambda entry: schedule.now - entry["dynamodb"][MADE] > KEPT)
        self._shards = tuple(Shard(name, self.kept.shards[name]) for name in ("shard-0", "shard-1"))
        self._images: dict[tuple[str, str], str] = {}
        self.lost: set[Place] = set()
        self._records = 0
        self.functions: Functions

    def take(self, old: Job | None, new: Job) -> None:
        """The table has changed, by another version or another due time."""
        known = self._images.get((new.workspace_id, new.id)) if old is new else None
        self.put(new, known or document(new), "MODIFY" if old else "INSERT")

    def put(self, job: Job, text: str, name: str = "MODIFY") -> None:
        """The table has this text where the job is, whoever put it there."""
        key = (job.workspace_id, job.id)
        images = {"NewImage": {"job": {"S": text}}}
        if name == "MODIFY":
            images["OldImage"] = {"job": {"S": self._images[key]}}
        if any(image["job"]["S"] == CORRUPT for image in images.values()):
            self.lost.add((job.workspace_id, job.id, job.version))
        self._images[key] = text
        self._records += 1
        keys = {"workspace_id": {"S": job.workspace_id}, "job_id": {"S": job.id}, VERSION: job.version}
        record = {"SequenceNumber": str(self._records), MADE: self._schedule.now, "Keys": keys, **images}
        shard = self._shards[crc32(job.id.encode()) % len(self._shards)]
        shard.records.append({"eventName": name, "dynamodb": record})
        late = self._random_source.happens(self._random_source.behavior.delays)
        wait = self._random_source.between(0, 3 * HOURS) if late else self._random_source.between(0.2, 1)
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

    def is_gone(self, pointer: str) -> bool:
        """Whether the stream has dropped what this points to."""
        where = json.loads(pointer)["DDBStreamBatchInfo"]
        first = int(where["startSequenceNumber"])
        numbered = self.kept.shards[where["shardId"]]
        entry = next(one for one in numbered if int(one["dynamodb"]["SequenceNumber"]) == first)
        return self.kept.is_gone(entry)

    def about(self, body: str) -> list[Place]:
        """The versions that something which was set aside is about; of another due time there is nothing to tell."""
        said = json.loads(body)
        entries: Iterable[Entry] = [said["record"]] if "record" in said else ()
        if where := said.get("DDBStreamBatchInfo"):
            first, last = int(where["startSequenceNumber"]), int(where["endSequenceNumber"])
            shard = self.kept.shards[where["shardId"]]
            entries = [one for one in shard if first <= int(one["dynamodb"]["SequenceNumber"]) <= last]
        told = (entry["dynamodb"] for entry in entries)
        keys = [images["Keys"] for images in told if images.get("OldImage") != images["NewImage"]]
        return [(key["workspace_id"]["S"], key["job_id"]["S"], key[VERSION]) for key in keys]

    def _read(self, shard: Shard) -> None:
        if shard.busy or shard.done == len(shard.records):
            return
        size = ceil(self._random_source.between(1, 10)) >> min(shard.tries, 2) or 1
        batch = shard.records[shard.done : shard.done + size]
        shard.busy = True
        told = self.functions.record({"Records": batch}, fault_free=shard.tries > TRIES_IN_A_STORM)
        shard.busy = False
        done = _done(batch, told)
        if done == len(batch) and self._random_source.happens(self._random_source.behavior.duplicates):
            done = 0
        shard.tries = 0 if done else shard.tries + 1
        if shard.tries > MOST_TRIES:
            self._give_up(shard, batch)
            done, shard.tries = len(batch), 0
        shard.done += done
        wait = 2.0 ** min(shard.tries, 6) if shard.tries else 0.2
        self._schedule.after(wait, lambda: self._read(shard))

    def _give_up(self, shard: Shard, batch: list[Entry]) -> None:
        first, last = (batch[end]["dynamodb"]["SequenceNumber"] for end in (0, -1))
        where = {"shardId": shard.id, "startSequenceNumber": first, "endSequenceNumber": last}
        self._given_up(json.dumps({"DDBStreamBatchInfo": where}))


def _done(batch: list[Entry], told: Mapping[str, Any] | None) -> int:
    """How many records from the start of the batch are done."""
    if told is None:
        return 0
    failed = {item["itemIdentifier"] for item in told["batchItemFailures"]}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    return next((index for index, number in enumerate(numbers) if number in failed), len(batch))
