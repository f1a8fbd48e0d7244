"""Repair a job's event log: replay the dead letters of the stream, and mark the versions that stay missing."""

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
from mosaic.services.verify_log import RECORDED_WITHIN, gap_markers, versions
from mosaic.storage.dead_letters import DeadLetter, DeadLetters
from mosaic.storage.event_bus import Bus, BusEntry
from mosaic.storage.event_log import EventLog
from mosaic.storage.job_queue import QueueUnavailable
from mosaic.storage.job_stream import RecordsGone, Stream
from mosaic.storage.jobs import Jobs
from mosaic.storage.repair_queue import RepairRequest

logger = Logger(child=True)

# The most dead letters that one repair replays, and missing versions that it marks. A function has to end in time.
MAX_DEAD_LETTERS = 200
MAX_MISSING = 200


class LogRepair:
    """Repairs logs with the recorder's permissions, as the only other writer of the log. It invents no events."""

    def __init__(
        self,
        jobs: Jobs,
        log: EventLog,
        bus: Bus,
        consumer: StreamConsumer,
        dead_letters: DeadLetters,
        stream: Stream,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._log = log
        self._bus = bus
        self._consumer = consumer
        self._dead_letters = dead_letters
        self._stream = stream
        self._clock = clock

    def repair(self, request: RepairRequest) -> tuple[int, ...]:
        """Replays the dead letters of all jobs; returns the versions of this job that are still missing, all marked.

        Raises QueueUnavailable and the errors of the stores, after which the request should be delivered again.
        """
        job = self._jobs.get(request.workspace_id, request.job_id)
        if job is None:
            return ()
        if job.version == 1 and self._missing(job):
            self._consumer.record_first(job)
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
        """Returns the versions that lack an event in the log, without the newest while they may still be recorded."""
        log = (self._log, job.workspace_id, job.id, 0)
        known = {events[0].version: events for events in versions(*log)}
        whole = {
            version for version, events in known.items() if _is_whole(job, known.get(version - 1), events)
        }
        is_late = self._clock() >= job.change.at + RECORDED_WITHIN
        newest = job.version if is_late else max(whole, default=0)
        return tuple(version for version in range(1, newest + 1) if version not in whole)[:MAX_MISSING]

    def _marked(self, job: Job) -> dict[int, int]:
        """Returns the ranges of versions that earlier repairs marked: the last version by the first."""
        markers = gap_markers(self._log, job.workspace_id, job.id)
        return {marker.payload["firstVersion"]: marker.payload["lastVersion"] for marker in markers}

    def _replay_all(self) -> None:
        """Tries to record every dead letter once more, of all jobs."""
        count, kept = 0, list[DeadLetter]()
        while count < MAX_DEAD_LETTERS and (received := self._dead_letters.receive()):
            count += len(received)
            for dead_letter in received:
                if self._replay_dead_letter(dead_letter):
                    self._dead_letters.delete(dead_letter)
                else:
                    kept.append(dead_letter)
        for dead_letter in kept:
            self._dead_letters.release(dead_letter)

    def _replay_dead_letter(self, dead_letter: DeadLetter) -> bool:
        try:
            for record in self._records(json.loads(dead_letter.body)):
                self._consumer.replay(record)
        except (RecordsGone, QueueUnavailable) as error:
            logger.warning("a dead letter of the stream cannot be recorded", reason=str(error))
            return False
        except Exception:  # the dead letter is kept, and the others are replayed
            logger.exception("a dead letter of the stream cannot be recorded yet")
            return False
        return True

    def _records(self, body: Mapping[str, Any]) -> Iterator[Record]:
        """Yields the record that the recorder set aside, or the records that Lambda points to."""
        if "record" in body:
            yield body["record"]
            return
        batch = body["DDBStreamBatchInfo"]
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
            raise QueueUnavailable("the bus did not take the marker of a gap")


def _is_whole(job: Job, before: list[Event] | None, events: list[Event]) -> bool:
    """Whether these are all events of their version, as far as the hashes of it and of the version before show."""
    if [event.index for event in events] != list(range(len(events))):
        return False
    first = events[0]
    if first.hash is None or (before is None and first.version > 1):
        return True
    return link(before[0].hash if before else None, job.workspace_id, job.id, events) == first.hash


def _ranges(versions: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    for _, run in groupby(enumerate(versions), key=lambda numbered: numbered[1] - numbered[0]):
        consecutive = [version for _, version in run]
        yield consecutive[0], consecutive[-1]
