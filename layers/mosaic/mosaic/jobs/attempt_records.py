"""What a job keeps of an attempt: how it ended, on which commit, and what its gates came to. Pure."""

from __future__ import annotations

from pydantic import Field

from mosaic.base import Timestamp, Value
from mosaic.jobs.gates import Gate
from mosaic.jobs.limits import MAX_ATTEMPT_BYTES, MAX_BRIEF_DETAILS_BYTES
from mosaic.jobs.states import GateStatus, JobStatus
from mosaic.jobs.text import cut, size
from mosaic.jobs.usage import AttemptUsage
from mosaic.jobs.value_objects import JobError


class Cancelled(Value):
    """Who cancelled the job, when, and why."""

    by: str
    """Who cancelled it"""
    reason: str | None = None
    """Why, in their words"""
    at: Timestamp
    """When"""


class GateOutcome(Value):
    """How a gate stands in an attempt, without its rule; long texts are cut."""

    id: str
    """The gate's name"""
    status: GateStatus
    """What was reported last"""
    mandatory: bool = True
    """Whether the job cannot complete without it"""
    reported_by: str | None = None
    """Who reported last"""
    commit_sha: str | None = None
    """The commit that the report is about"""
    url: str | None = None
    """Where the report can be looked at"""
    details: str | None = None
    """Why it was judged so, and what the reporter adds"""
    numbers: dict[str, float] = Field(default_factory=dict)
    """The numbers that were reported"""
    reason: str | None = None
    """Why an admin forced it"""

    @classmethod
    def of(cls, gate: Gate) -> GateOutcome:
        """The gate's outcome, each text cut to MAX_BRIEF_DETAILS_BYTES and marked; a longer URL is left out."""
        return cls(
            id=gate.id,
            status=gate.status,
            mandatory=gate.mandatory,
            reported_by=gate.reported_by,
            commit_sha=gate.commit_sha,
            url=gate.url if gate.url and size(gate.url) <= MAX_BRIEF_DETAILS_BYTES else None,
            details=_cut(gate.details),
            numbers=gate.numbers,
            reason=_cut(gate.reason),
        )

    def bare(self) -> GateOutcome:
        """The gate and its status alone."""
        return GateOutcome(id=self.id, status=self.status, mandatory=self.mandatory)


class AttemptRecord(Value):
    """One attempt of a job."""

    attempt: int
    """Which attempt"""
    status: JobStatus | None = None
    """Where it stands, or how it ended; null for one that ended before jobs kept this"""
    error: JobError | None = None
    """Why it failed"""
    cancelled: Cancelled | None = None
    """Who cancelled it"""
    commit_sha: str | None = None
    """The commit that it was judged by"""
    gates: tuple[GateOutcome, ...] = ()
    """How its gates stand"""
    queued_at: Timestamp | None = None
    """When it was last queued"""
    started_at: Timestamp | None = None
    """When it began"""
    completed_at: Timestamp | None = None
    """When it ended"""

    def bounded(self) -> AttemptRecord:
        """The record within MAX_ATTEMPT_BYTES of a stored job: texts cut, where that is not enough gates bare."""
        cancelled, error = self.cancelled, self.error
        if cancelled:
            cancelled = cancelled.model_copy(update={"reason": _cut(cancelled.reason)})
        if error:
            error = error.model_copy(update={"title": _cut(error.title)})
        kept = self.model_copy(update={"cancelled": cancelled, "error": error})
        if len(kept.model_dump_json(by_alias=True, exclude_none=True).encode()) <= MAX_ATTEMPT_BYTES:
            return kept
        return kept.model_copy(update={"gates": tuple(gate.bare() for gate in kept.gates)})


class AttemptView(AttemptUsage, AttemptRecord):
    """One attempt of a job, and what it has used."""


def _cut(text: str | None) -> str | None:
    return cut(text, MAX_BRIEF_DETAILS_BYTES) if text else None
