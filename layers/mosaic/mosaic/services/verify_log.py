"""Verify a job's event log against the saved job, by the chain of hashes, a page of events at a time."""

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

# Events usually reach the log within a second. An event that is missing after this time will not come by itself.
RECORDED_WITHIN = timedelta(minutes=5)
PAGE = 200
CURSOR = r"^[0-9]{1,8}~[0-9]{1,8}~(sha256:[0-9a-f]{64})?$"


class LogStatus(StrEnum):
    """The state of a log."""

    INTACT = "intact"
    PARTIAL = "partial"
    BEHIND = "behind"
    BROKEN = "broken"


class Verification(Value):
    """The result of verifying a page of a job's log."""

    job_id: str
    """The job of the log"""
    status: LogStatus
    """The state of the log as far as it was verified; `behind`: the newest versions are still being recorded"""
    events: int
    """The number of verified events"""
    version: int
    """The last version that the log is verified through"""
    job_version: int
    """The present version of the job"""
    chained_since: int | None
    """The first version with a hash; before it, gaps are found but edits are not"""
    hash: str | None
    """The hash of the last verified version"""
    broken: Break | None
    """The first error in the log"""
    cursor: str | None
    """The cursor of the next page, when the log was not verified to its end"""


class LogVerifier:
    """Recomputes the hash chain from the logged events, and compares its end with the saved job."""

    def __init__(self, jobs: Jobs, events: EventLog, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._events = events
        self._clock = clock

    def verify(self, workspace_id: str, job_id: str, cursor: str | None, limit: int) -> Verification:
        """Verifies `limit` events after `cursor`, and the rest of the last event's version.

        Raises JobNotFound, and ValueError for an invalid cursor.
        """
        verified, count, error, more = decode(cursor), 0, None, False
        for events in versions(self._events, workspace_id, job_id, verified.version):
            if more := count >= limit:
                break
            count += len(events)
            extended = verified.extend(workspace_id, job_id, events)
            if isinstance(extended, Break):
                error = extended
                break
            verified = extended
        return self._verification(workspace_id, job_id, verified, count, error, more)

    def _verification(
        self,
        workspace_id: str,
        job_id: str,
        verified: VerifiedPrefix,
        count: int,
        error: Break | None,
        more: bool,
    ) -> Verification:
        job = self._jobs.get(workspace_id, job_id)
        if job is None:
            raise JobNotFound(job_id)
        is_late = self._clock() >= job.change.at + RECORDED_WITHIN
        error = error or (None if more else verified.end(job, is_late))
        if error and error.kind in (BreakKind.GAP, BreakKind.MISSING_TAIL):
            error = error.model_copy(
                update={"searched_at": self._searched_at(workspace_id, job_id, error.version)}
            )
        at_end = LogStatus.BEHIND if verified.version < job.version else LogStatus.INTACT
        return Verification(
            job_id=job_id,
            status=LogStatus.BROKEN if error else LogStatus.PARTIAL if more else at_end,
            events=count,
            version=verified.version,
            job_version=job.version,
            chained_since=verified.since,
            hash=verified.hash,
            broken=error,
            cursor=encode(verified) if more else None,
        )

    def _searched_at(self, workspace_id: str, job_id: str, version: int) -> datetime | None:
        """Returns when a repair searched for this version without finding it."""
        markers = self._events.page(workspace_id, job_id, f"{version:08d}.{GAP_INDEX - 1:03d}", 1)
        return next(
            (marker.timestamp for marker in markers if marker.version == version and is_gap_marker(marker)),
            None,
        )


def versions(log: EventLog, workspace_id: str, job_id: str, after: int) -> Iterator[list[Event]]:
    """Yields the logged events of each version after `after`, without gap markers."""
    for _, events in groupby(_events(log, workspace_id, job_id, after), key=lambda event: event.version):
        yield list(events)


def is_recorded(log: EventLog, job: Job) -> bool:
    """Whether the log holds every event of the job's stored version, by the version's hash.

    Also false when the hash cannot be computed: the job has none, or the log lacks the version before.
    """
    known = {events[0].version: events for events in versions(log, job.workspace_id, job.id, job.version - 2)}
    before, last = known.get(job.version - 1), known.get(job.version)
    if job.version_hash is None or last is None:
        return False
    return job.version_hash == link(before[0].hash if before else None, job.workspace_id, job.id, last)


def gap_markers(log: EventLog, workspace_id: str, job_id: str) -> Iterator[Event]:
    """Yields the markers of versions that a repair did not find."""
    return (event for event in _pages(log, workspace_id, job_id, 0) if is_gap_marker(event))


def _events(log: EventLog, workspace_id: str, job_id: str, after: int) -> Iterator[Event]:
    return (event for event in _pages(log, workspace_id, job_id, after) if not is_gap_marker(event))


def _pages(log: EventLog, workspace_id: str, job_id: str, after: int) -> Iterator[Event]:
    after_position = f"{after:08d}.{GAP_INDEX:03d}" if after > 0 else None
    while page := log.page(workspace_id, job_id, after_position, PAGE):
        yield from page
        after_position = position(page[-1])


def encode(verified: VerifiedPrefix) -> str:
    """Returns the cursor behind the verified part of a log."""
    return f"{verified.version}~{verified.since or 0}~{verified.hash or ''}"


def decode(cursor: str | None) -> VerifiedPrefix:
    """Returns the verified part of a log from a cursor; raises ValueError for an invalid cursor."""
    if cursor is None:
        return VerifiedPrefix()
    if not re.fullmatch(CURSOR, cursor):
        raise ValueError("is not a cursor of this log")
    version, since, digest = cursor.split("~")
    return VerifiedPrefix(int(version), digest or None, int(since) or None)
