"""Repair: what is missing in a job's log is recorded from what was set aside, or marked as not to be had."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from aws_lambda_powertools import Logger

from mosaic.events.chain import link
from mosaic.events.model import GAP_INDEX, Event, EventType
from mosaic.jobs.model import Job
from mosaic.services.consume_stream import Record, StreamConsumer
from mosaic.services.verify_log import RECORDED_WITHIN, marks, versions
from mosaic.storage.dead_letters import DeadLetter, DeadLetters
from mosaic.storage.event_bus import Bus, BusEntry
from mosaic.storage.event_log import EventLog
from mosaic.storage.job_queue import QueueUnavailable
from mosaic.storage.job_stream import RecordsGone, Stream
from mosaic.storage.jobs import Jobs
from mosaic.storage.repair_queue import RepairRequest

logger = Logger(child=True)

# Set-aside records that one repair tries, and missing versions that it marks: a function has to end.
MOST_LETTERS = 200
MOST_MISSING = 200


class LogRepair:
    """Runs with the recorder's rights, since nobody else may write the log. It writes nothing that it made up."""

    def __init__(
        self,
        jobs: Jobs,
        log: EventLog,
        bus: Bus,
        intake: StreamConsumer,
        aside: DeadLetters,
        stream: Stream,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._log = log
        self._bus = bus
        self._intake = intake
        self._aside = aside
        self._stream = stream
        self._clock = clock

    def repair(self, request: RepairRequest) -> tuple[int, ...]:
        """Record what can be recorded, of any job; answers the versions of this one that are still missing, all marked.

        Raises QueueUnavailable, and what the stores raise: come again.
        """
        job = self._jobs.get(request.workspace_id, request.job_id)
        if job is None:
            return ()
        if job.version == 1 and self._missing(job):
            self._intake.record_first(job)
        self._replay_all()
        missing = self._missing(job)
        marked = self._marked(job) if missing else {}
        for first, last in _ranges(missing):
            while first in marked:
                first = marked[first] + 1
            if first <= last:
                self._mark(job, first, last, request)
        return missing

    def _missing(self, job: Job) -> tuple[int, ...]:
        """Versions of which the log lacks an event; the newest ones only once they cannot be on their way."""
        log = (self._log, job.workspace_id, job.id, 0)
        known = {events[0].version: events for events in versions(*log)}
        whole = {
            version for version, events in known.items() if _is_whole(job, known.get(version - 1), events)
        }
        late = self._clock() >= job.change.at + RECORDED_WITHIN
        newest = job.version if late else max(whole, default=0)
        return tuple(version for version in range(1, newest + 1) if version not in whole)[:MOST_MISSING]

    def _marked(self, job: Job) -> dict[int, int]:
        """Ranges of versions that a repair has marked before, from the first to the last."""
        found = marks(self._log, job.workspace_id, job.id)
        return {mark.payload["firstVersion"]: mark.payload["lastVersion"] for mark in found}

    def _replay_all(self) -> None:
        """Try everything that was set aside once more, whosever job it is about."""
        looked, kept = 0, list[DeadLetter]()
        while looked < MOST_LETTERS and (letters := self._aside.receive()):
            looked += len(letters)
            for letter in letters:
                if self._replay_dead_letter(letter):
                    self._aside.delete(letter)
                else:
                    kept.append(letter)
        for letter in kept:
            self._aside.release(letter)

    def _replay_dead_letter(self, letter: DeadLetter) -> bool:
        try:
            for entry in self._records(json.loads(letter.body)):
                self._intake.replay(entry)
        except (RecordsGone, QueueUnavailable) as error:
            logger.warning("what was set aside cannot be recorded", reason=str(error))
            return False
        except Exception:  # it stays set aside, and the others have their turn
            logger.exception("what was set aside cannot be recorded yet")
            return False
        return True

    def _records(self, said: Mapping[str, Any]) -> Iterator[Record]:
        """A record as the recorder set it aside, or those that Lambda only points to."""
        if "record" in said:
            yield said["record"]
            return
        batch = said["DDBStreamBatchInfo"]
        yield from self._stream.records(
            batch["shardId"], batch["startSequenceNumber"], batch["endSequenceNumber"]
        )

    def _mark(self, job: Job, first: int, last: int, request: RepairRequest) -> None:
        gap = Event(
            id=f"{job.id}-{first}-{GAP_INDEX}",
            job_id=job.id,
            version=first,
            index=GAP_INDEX,
            type=EventType.LOG_GAP,
            actor=request.actor,
            timestamp=self._clock(),
            payload={"firstVersion": first, "lastVersion": last, "reason": request.reason},
        )
        self._log.append(job.workspace_id, gap)
        if self._bus.publish([BusEntry(job.workspace_id, gap)]):
            raise QueueUnavailable("the bus did not take the mark of a gap")


def _is_whole(job: Job, before: list[Event] | None, events: list[Event]) -> bool:
    """Whether these are all events of their version, as far as its hash and that of the version before can tell."""
    if [event.index for event in events] != list(range(len(events))):
        return False
    first = events[0]
    if first.hash is None or (before is None and first.version > 1):
        return True
    return link(before[0].hash if before else None, job.workspace_id, job.id, events) == first.hash


def _ranges(versions: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    for _, run in groupby(enumerate(versions), key=lambda numbered: numbered[1] - numbered[0]):
        found = [version for _, version in run]
        yield found[0], found[-1]
