"""Verification of a job's log by its hash chain, version by version. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mosaic.base import Timestamp, Value
from mosaic.events.chain import link
from mosaic.events.model import Event
from mosaic.jobs.model import Job


class BreakKind(StrEnum):
    """The kinds of errors in a log."""

    GAP = "gap"
    EDIT = "edit"
    EXTRA = "extra"
    MISSING_TAIL = "missing_tail"


class Break(Value):
    """The first error in a log."""

    kind: BreakKind
    """The kind of error: versions are missing, changed or extra, or the newest are missing"""
    version: int
    """The first version with the error"""
    detail: str
    """The error as a sentence"""
    searched_at: Timestamp | None = None
    """The time at which a repair searched for the missing events without success"""


@dataclass(frozen=True)
class VerifiedPrefix:
    """The verified part of a log: up to `version` with `hash`. `since` is the first version with a hash."""

    version: int = 0
    hash: str | None = None
    since: int | None = None

    def extend(self, workspace_id: str, job_id: str, events: Sequence[Event]) -> VerifiedPrefix | Break:
        """Returns the prefix extended by the next version, given all its events in the log; the break if it
        is wrong.
        """
        version = events[0].version
        broken = _check_sequence(job_id, self.version + 1, events)
        if broken:
            return broken
        hashes = {event.hash for event in events}
        if hashes == {None} and self.hash is None:
            return replace(self, version=version)
        if hashes == {link(self.hash, workspace_id, job_id, events)}:
            return VerifiedPrefix(version, events[0].hash, self.since or version)
        return _mismatch(self, workspace_id, job_id, events)

    def end(self, job: Job, is_late: bool) -> Break | None:
        """Returns the break at the end of the log, given the stored job. `is_late`: all events should be
        there by now.
        """
        if self.version > job.version:
            return _broken(BreakKind.EXTRA, job.version + 1, f"the job is at version {job.version}")
        if self.version < job.version and is_late:
            span = _span(self.version + 1, job.version)
            return _broken(
                BreakKind.MISSING_TAIL, self.version + 1, f"{span} of the job missing from the log"
            )
        if self.version == job.version and self.hash != job.version_hash:
            return _broken(BreakKind.EDIT, self.version, "the stored job has another hash")
        return None


def _check_sequence(job_id: str, expected: int, events: Sequence[Event]) -> Break | None:
    """Returns the break unless the events are all those of the next version, without a gap."""
    version = events[0].version
    if version > expected:
        return _broken(BreakKind.GAP, expected, f"{_span(expected, version - 1)} missing from the log")
    for index, event in enumerate(events):
        if event.index > index:
            return _broken(
                BreakKind.GAP, version, f"event {index} of version {version} is missing from the log"
            )
        if (event.id, event.job_id, event.version) != (f"{job_id}-{expected}-{index}", job_id, expected):
            return _broken(BreakKind.EDIT, expected, f"event {index} of version {expected} has a wrong id")
    return None


def _mismatch(known: VerifiedPrefix, workspace_id: str, job_id: str, events: Sequence[Event]) -> Break:
    version = events[0].version
    for count in range(1, len(events)):
        if link(known.hash, workspace_id, job_id, events[:count]) == events[0].hash:
            return _broken(BreakKind.EXTRA, version, f"version {version} has only {count} events")
    detail = "one was changed, or the last ones are missing"
    return _broken(
        BreakKind.EDIT, version, f"the events of version {version} do not match their hash: {detail}"
    )


def _span(first: int, last: int) -> str:
    return f"version {first} is" if first == last else f"versions {first} to {last} are"


def _broken(kind: BreakKind, version: int, detail: str) -> Break:
    return Break(kind=kind, version=version, detail=detail)
