"""The record that a job keeps of an attempt: its status, commit and gate outcomes. Pure."""

from __future__ import annotations

from pydantic import Field

from mosaic.base import Timestamp, Value
from mosaic.jobs.gates import Gate
from mosaic.jobs.limits import MAX_ATTEMPT_BYTES, MAX_BRIEF_DETAILS_BYTES
from mosaic.jobs.states import GateStatus, JobStatus
from mosaic.jobs.text import cut, size
from mosaic.jobs.usage import AttemptUsage
from mosaic.jobs.value_objects import CommitBy, JobError


class Cancelled(Value):
    """The cancellation of a job."""

    by: str
    """The actor that cancelled the job"""
    reason: str | None = None
    """The reason given by the actor"""
    at: Timestamp
    """The time of the cancellation"""


class GateOutcome(Value):
    """The outcome of a gate in an attempt, without its rule. Long texts are shortened."""

    id: str
    """The gate's name"""
    status: GateStatus
    """The status by the latest report"""
    mandatory: bool = True
    """True if the job cannot complete unless the gate passes"""
    reported_by: str | None = None
    """The actor that reported last"""
    commit_sha: str | None = None
    """The commit that was reported on"""
    url: str | None = None
    """A link to the report"""
    details: str | None = None
    """The reason for the status, and the reporter's own text"""
    numbers: dict[str, float] = Field(default_factory=dict)
    """The reported numbers"""
    reason: str | None = None
    """The admin's reason for overriding the gate"""

    @classmethod
    def of(cls, gate: Gate) -> GateOutcome:
        """Returns the outcome of a gate. Texts are cut to MAX_BRIEF_DETAILS_BYTES; a longer URL is omitted."""
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
        """Returns the outcome with id, status and `mandatory` only."""
        return GateOutcome(id=self.id, status=self.status, mandatory=self.mandatory)


class AttemptRecord(Value):
    """One attempt of a job."""

    attempt: int
    """The number of the attempt, from 1"""
    status: JobStatus | None = None
    """The status of the attempt; null if it was not recorded"""
    error: JobError | None = None
    """The error, if the attempt failed"""
    cancelled: Cancelled | None = None
    """The cancellation, if the job was cancelled"""
    commit_sha: str | None = None
    """The commit that the attempt was validated against"""
    commit_by: CommitBy | None = None
    """The source that named the commit: a `push` to the branch, the `run`, a forge's `check`, or a `token`"""
    gates: tuple[GateOutcome, ...] = ()
    """The outcomes of its gates"""
    queued_at: Timestamp | None = None
    """The time at which it was last queued"""
    started_at: Timestamp | None = None
    """The time at which it started"""
    completed_at: Timestamp | None = None
    """The time at which it ended"""

    def bounded(self) -> AttemptRecord:
        """Returns the record within MAX_ATTEMPT_BYTES: texts are shortened, then gate outcomes are reduced to
        their status.
        """
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
    """One attempt of a job with its usage."""


def _cut(text: str | None) -> str | None:
    return cut(text, MAX_BRIEF_DETAILS_BYTES) if text else None
