"""The jobs table's stream and its event source mapping. Delivery is at least once, in order, and may be late."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any
from zlib import crc32

from mosaic.jobs.model import Job
from mosaic.storage.job_items import document
from tests.fakes.storage.repair_queue import Entry, FakeStream
from tests.simulation.simulator.event_sources import HOURS
from tests.simulation.simulator.functions import Functions
from tests.simulation.simulator.random_source import RandomSource
from tests.simulation.simulator.schedule import Schedule

# Lambda gives up a batch after MAX_TRIES. After TRIES_WITH_FAULTS the recorder has no more random faults.
MAX_TRIES = 20
TRIES_WITH_FAULTS = 10
# The retention of the stream, and the attributes with a record's creation time and version.
RETENTION = 24 * HOURS
CREATED_AT, VERSION = "ApproximateCreationDateTime", "version"
# Text that cannot be parsed as a job.
CORRUPT = "{}"

JobVersion = tuple[str, str, int]
"""Workspace, job and version."""


@dataclass
class Shard:
    """A shard of the stream, and the progress of its reader."""

    id: str
    records: list[Entry]
    done: int = 0
    tries: int = 0
    busy: bool = False


class Stream:
    """The jobs table's stream. A job's records are in order, and one recorder at a time reads a shard.

    `on_failure` gets a pointer to a batch that the recorder failed at too often. The pointer is valid until
    the records expire. `lost` are versions with a record that cannot be parsed.
    """

    def __init__(
        self, schedule: Schedule, random_source: RandomSource, on_failure: Callable[[str], object]
    ) -> None:
        self._schedule, self._random_source, self._on_failure = schedule, random_source, on_failure
        self.entries = FakeStream(lambda entry: schedule.now - entry["dynamodb"][CREATED_AT] > RETENTION)
        self._shards = tuple(Shard(name, self.entries.shards[name]) for name in ("shard-0", "shard-1"))
        self._images: dict[tuple[str, str], str] = {}
        self.lost: set[JobVersion] = set()
        self._records = 0
        self.functions: Functions

    def take(self, old: Job | None, new: Job) -> None:
        """Adds a record for a changed item: another version or another due time."""
        image = self._images.get((new.workspace_id, new.id)) if old is new else None
        self.put(new, image or document(new), "MODIFY" if old else "INSERT")

    def put(self, job: Job, text: str, name: str = "MODIFY") -> None:
        """Adds a record with this text as the job's new image."""
        key = (job.workspace_id, job.id)
        images = {"NewImage": {"job": {"S": text}}}
        if name == "MODIFY":
            images["OldImage"] = {"job": {"S": self._images[key]}}
        if any(image["job"]["S"] == CORRUPT for image in images.values()):
            self.lost.add((job.workspace_id, job.id, job.version))
        self._images[key] = text
        self._records += 1
        keys = {"workspace_id": {"S": job.workspace_id}, "job_id": {"S": job.id}, VERSION: job.version}
        record = {
            "SequenceNumber": str(self._records),
            CREATED_AT: self._schedule.now,
            "Keys": keys,
            **images,
        }
        shard = self._shards[crc32(job.id.encode()) % len(self._shards)]
        shard.records.append({"eventName": name, "dynamodb": record})
        late = self._random_source.happens(self._random_source.behavior.delays)
        wait = self._random_source.between(0, 3 * HOURS) if late else self._random_source.between(0.2, 1)
        self._schedule.after(wait, lambda: self._read(shard))

    def replay(self) -> None:
        """Delivers all records from the start again."""
        for shard in self._shards:
            shard.done = 0
            self._schedule.after(1, partial(self._read, shard))

    @property
    def has_unread(self) -> bool:
        """Returns whether a record is still to be read."""
        return any(shard.done < len(shard.records) for shard in self._shards)

    def is_expired(self, pointer: str) -> bool:
        """Returns whether the stream no longer has the records of this pointer."""
        batch_info = json.loads(pointer)["DDBStreamBatchInfo"]
        first = int(batch_info["startSequenceNumber"])
        shard = self.entries.shards[batch_info["shardId"]]
        entry = next(entry for entry in shard if int(entry["dynamodb"]["SequenceNumber"]) == first)
        return self.entries.is_gone(entry)

    def versions_in(self, body: str) -> list[JobVersion]:
        """Returns the job versions in a dead letter of the stream, without changes of the due time alone."""
        dead_letter = json.loads(body)
        entries: Iterable[Entry] = [dead_letter["record"]] if "record" in dead_letter else ()
        if batch_info := dead_letter.get("DDBStreamBatchInfo"):
            first, last = int(batch_info["startSequenceNumber"]), int(batch_info["endSequenceNumber"])
            shard = self.entries.shards[batch_info["shardId"]]
            entries = [entry for entry in shard if first <= int(entry["dynamodb"]["SequenceNumber"]) <= last]
        records = (entry["dynamodb"] for entry in entries)
        keys = [record["Keys"] for record in records if record.get("OldImage") != record["NewImage"]]
        return [(key["workspace_id"]["S"], key["job_id"]["S"], key[VERSION]) for key in keys]

    def _read(self, shard: Shard) -> None:
        if shard.busy or shard.done == len(shard.records):
            return
        size = ceil(self._random_source.between(1, 10)) >> min(shard.tries, 2) or 1
        batch = shard.records[shard.done : shard.done + size]
        shard.busy = True
        response = self.functions.record({"Records": batch}, fault_free=shard.tries > TRIES_WITH_FAULTS)
        shard.busy = False
        done = _handled_count(batch, response)
        if done == len(batch) and self._random_source.happens(self._random_source.behavior.duplicates):
            done = 0
        shard.tries = 0 if done else shard.tries + 1
        if shard.tries > MAX_TRIES:
            self._fail_batch(shard, batch)
            done, shard.tries = len(batch), 0
        shard.done += done
        wait = 2.0 ** min(shard.tries, 6) if shard.tries else 0.2
        self._schedule.after(wait, lambda: self._read(shard))

    def _fail_batch(self, shard: Shard, batch: list[Entry]) -> None:
        first, last = (batch[end]["dynamodb"]["SequenceNumber"] for end in (0, -1))
        batch_info = {"shardId": shard.id, "startSequenceNumber": first, "endSequenceNumber": last}
        self._on_failure(json.dumps({"DDBStreamBatchInfo": batch_info}))


def _handled_count(batch: list[Entry], response: Mapping[str, Any] | None) -> int:
    """Returns how many records from the start of the batch are handled."""
    if response is None:
        return 0
    failed = {item["itemIdentifier"] for item in response["batchItemFailures"]}
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    return next((index for index, number in enumerate(numbers) if number in failed), len(batch))
