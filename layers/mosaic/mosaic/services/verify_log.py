"""Audit: is a job's log what was saved? A bounded piece of it at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from mosaic.base import Value
from mosaic.events.chain import link
from mosaic.events.model import GAP_INDEX, Event, is_gap_marker
from mosaic.events.verify import Break, BreakKind, VerifiedPrefix
from mosaic.jobs.errors import JobNotFound
from mosaic.jobs.model import Job
from mosaic.storage.event_log import EventLog, position
from mosaic.storage.jobs import Jobs

# The log follows the jobs within a second or so; what is not there after this long is not on its way.
RECORDED_WITHIN = timedelta(minutes=5)
PAGE = 200
CURSOR = r"^[0-9]{1,8}~[0-9]{1,8}~(sha256:[0-9a-f]{64})?$"


class LogStatus(StrEnum):
    """How a log stands."""

    INTACT = "intact"
    PARTIAL = "partial"
    BEHIND = "behind"
    BROKEN = "broken"


class Verification(Value):
    """What a piece of a job's log was found to be."""

    job_id: str
    """The job whose log it is"""
    status: LogStatus
    """Whether all is well, as far as was looked; `behind`: the newest versions are still being recorded"""
    events: int
    """How many events were looked at"""
    version: int
    """The version through which the log is good"""
    job_version: int
    """The version that the job is at"""
    chained_since: int | None
    """The first version with a hash; what came before can show gaps, but no edits"""
    hash: str | None
    """The hash of the version through which the log is good"""
    broken: Break | None
    """The first thing that is wrong"""
    cursor: str | None
    """What to send for the next piece of a log that was not looked at to its end"""


class LogVerifier:
    """Recomputes the chain of a job's log from its events alone, and compares its end with the job."""

    def __init__(self, jobs: Jobs, events: EventLog, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._events = events
        self._clock = clock

    def verify(self, workspace_id: str, job_id: str, cursor: str | None, limit: int) -> Verification:
        """Look at `limit` events from behind `cursor` on, and at the rest of the last one's version.

        Raises JobNotFound, ValueError for a cursor that is none.
        """
        known, looked, wrong, more = decode(cursor), 0, None, False
        for events in versions(self._events, workspace_id, job_id, known.version):
            if more := looked >= limit:
                break
            looked += len(events)
            found = known.extend(workspace_id, job_id, events)
            if isinstance(found, Break):
                wrong = found
                break
            known = found
        return self._told(workspace_id, job_id, known, looked, wrong, more)

    def _told(
        self,
        workspace_id: str,
        job_id: str,
        known: VerifiedPrefix,
        looked: int,
        wrong: Break | None,
        more: bool,
    ) -> Verification:
        job = self._jobs.get(workspace_id, job_id)
        if job is None:
            raise JobNotFound(job_id)
        late = self._clock() >= job.change.at + RECORDED_WITHIN
        wrong = wrong or (None if more else known.end(job, late))
        if wrong and wrong.kind in (BreakKind.GAP, BreakKind.MISSING_TAIL):
            wrong = wrong.model_copy(
                update={"searched_at": self._searched(workspace_id, job_id, wrong.version)}
            )
        behind = LogStatus.BEHIND if known.version < job.version else LogStatus.INTACT
        return Verification(
            job_id=job_id,
            status=LogStatus.BROKEN if wrong else LogStatus.PARTIAL if more else behind,
            events=looked,
            version=known.version,
            job_version=job.version,
            chained_since=known.since,
            hash=known.hash,
            broken=wrong,
            cursor=encode(known) if more else None,
        )

    def _searched(self, workspace_id: str, job_id: str, version: int) -> datetime | None:
        marks = self._events.page(workspace_id, job_id, f"{version:08d}.{GAP_INDEX - 1:03d}", 1)
        return next(
            (mark.timestamp for mark in marks if mark.version == version and is_gap_marker(mark)), None
        )


def versions(log: EventLog, workspace_id: str, job_id: str, after: int) -> Iterator[list[Event]]:
    """The events of each version that the log has, from behind the version `after` on; marked gaps are none."""
    for _, events in groupby(_events(log, workspace_id, job_id, after), key=lambda event: event.version):
        yield list(events)


def is_recorded(log: EventLog, job: Job) -> bool:
    """Whether the log holds every event of the job's stored version, by the version's hash.

    False where the hash cannot be computed: the job has none, or the version before is not in the log.
    """
    found = {events[0].version: events for events in versions(log, job.workspace_id, job.id, job.version - 2)}
    before, last = found.get(job.version - 1), found.get(job.version)
    if job.chain is None or last is None:
        return False
    return job.chain == link(before[0].hash if before else None, job.workspace_id, job.id, last)


def marks(log: EventLog, workspace_id: str, job_id: str) -> Iterator[Event]:
    """What the log has marked as not to be had."""
    return (event for event in _whole(log, workspace_id, job_id, 0) if is_gap_marker(event))


def _events(log: EventLog, workspace_id: str, job_id: str, after: int) -> Iterator[Event]:
    return (event for event in _whole(log, workspace_id, job_id, after) if not is_gap_marker(event))


def _whole(log: EventLog, workspace_id: str, job_id: str, after: int) -> Iterator[Event]:
    place = f"{after:08d}.{GAP_INDEX:03d}" if after > 0 else None
    while found := log.page(workspace_id, job_id, place, PAGE):
        yield from found
        place = position(found[-1])


def encode(known: VerifiedPrefix) -> str:
    """How far a log has been looked at, as a cursor."""
    return f"{known.version}~{known.since or 0}~{known.hash or ''}"


def decode(cursor: str | None) -> VerifiedPrefix:
    """How far a log has been looked at; raises ValueError for what is no cursor."""
    if cursor is None:
        return VerifiedPrefix()
    if not re.fullmatch(CURSOR, cursor):
        raise ValueError("is not a cursor of this log")
    version, since, digest = cursor.split("~")
    return VerifiedPrefix(int(version), digest or None, int(since) or None)
