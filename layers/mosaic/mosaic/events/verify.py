"""Whether a job's log is what was saved: version by version, over the chain of hashes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mosaic.base import Timestamp, Value
from mosaic.events.chain import link
from mosaic.events.model import Event
from mosaic.jobs.model import Job


class BreakKind(StrEnum):
    """What can be wrong with a log."""

    GAP = "gap"
    EDIT = "edit"
    EXTRA = "extra"
    MISSING_TAIL = "missing_tail"


class Break(Value):
    """The first thing that is wrong."""

    kind: BreakKind
    """What is wrong: versions are not there, were changed, are too many, or the newest are missing"""
    version: int
    """The first version that it is about"""
    detail: str
    """What is wrong, for people"""
    searched_at: Timestamp | None = None
    """When a repair has looked for what is not there, in vain"""


@dataclass(frozen=True)
class VerifiedPrefix:
    """How far a log is known to be good: through `version`, whose hash is `hash`; `since` is the first with one."""

    version: int = 0
    hash: str | None = None
    since: int | None = None

    def extend(self, workspace_id: str, job_id: str, events: Sequence[Event]) -> VerifiedPrefix | Break:
        """One version further, by all the events that the log has of it."""
        version = events[0].version
        wrong = _place(job_id, self.version + 1, events)
        if wrong:
            return wrong
        carried = {event.hash for event in events}
        if carried == {None} and self.hash is None:
            return replace(self, version=version)
        if carried == {link(self.hash, workspace_id, job_id, events)}:
            return VerifiedPrefix(version, events[0].hash, self.since or version)
        return _unlike(self, workspace_id, job_id, events)

    def end(self, job: Job, is_late: bool) -> Break | None:
        """What is wrong at the end of the log, where the stored job is `job`; `is_late`: all of it should be there."""
        if self.version > job.version:
            return _broken(BreakKind.EXTRA, job.version + 1, f"the job is at version {job.version}")
        if self.version < job.version and is_late:
            span = _span(self.version + 1, job.version)
            return _broken(BreakKind.MISSING_TAIL, self.version + 1, f"{span} of the job not in the log")
        if self.version == job.version and self.hash != job.chain:
            return _broken(BreakKind.EDIT, self.version, "the job's own hash is another")
        return None


def _place(job_id: str, expected: int, events: Sequence[Event]) -> Break | None:
    """Whether the events are those that come next, all of one version, without one missing between them."""
    version = events[0].version
    if version > expected:
        return _broken(BreakKind.GAP, expected, f"{_span(expected, version - 1)} not in the log")
    for index, event in enumerate(events):
        if event.index > index:
            return _broken(BreakKind.GAP, version, f"event {index} of version {version} is not in the log")
        if (event.id, event.job_id, event.version) != (f"{job_id}-{expected}-{index}", job_id, expected):
            return _broken(
                BreakKind.EDIT, expected, f"event {index} of version {expected} has another's name"
            )
    return None


def _unlike(known: VerifiedPrefix, workspace_id: str, job_id: str, events: Sequence[Event]) -> Break:
    version = events[0].version
    for count in range(1, len(events)):
        if link(known.hash, workspace_id, job_id, events[:count]) == events[0].hash:
            return _broken(BreakKind.EXTRA, version, f"version {version} has only {count} events")
    said = "was changed, or its last ones are missing"
    return _broken(
        BreakKind.EDIT, version, f"the events of version {version} do not give their hash: one {said}"
    )


def _span(first: int, last: int) -> str:
    return f"version {first} is" if first == last else f"versions {first} to {last} are"


def _broken(kind: BreakKind, version: int, detail: str) -> Break:
    return Break(kind=kind, version=version, detail=detail)
