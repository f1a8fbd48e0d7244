"""Gate overrides: an admin forces a gate with a reason, also after the gate has failed the job. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from mosaic.base import Value
from mosaic.jobs import commits, gate_steps, lifecycle, validation
from mosaic.jobs.actors import any_same_actor, same_actor
from mosaic.jobs.errors import CommitMismatch, CommitNotPushed, IllegalTransition, OwnOverride, StaleAttempt
from mosaic.jobs.failures import failed
from mosaic.jobs.gate_evaluation import forced
from mosaic.jobs.gates import Gate, Override
from mosaic.jobs.limits import MAX_DETAILS_BYTES, MAX_OVERRIDES
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase
from mosaic.jobs.text import cut
from mosaic.redaction import RedactedText

# Failures caused by gates. No other failure of a job can be overridden.
OVERRIDABLE = frozenset({"gate_failed", "gate_timeout", "commit_not_pushed"})
_MAX_REASON_BYTES = 512


class OverrideRequest(Value):
    """A request to override a gate, with a reason; for a given commit and attempt if they are named."""

    gate_id: str
    reason: RedactedText
    commit_sha: str | None = None
    attempt: int | None = None


def check_not_requester(actors: tuple[str, ...], excluded: Collection[str]) -> None:
    """Raises OwnOverride if an actor is one of the excluded ones.

    `actors` are the admin and the creators of its token. `excluded` are the requesters of the job.
    """
    if any(any_same_actor(name, excluded) for name in actors):
        raise OwnOverride(actors[0], actors[1:])


def force(job: Job, request: OverrideRequest, now: datetime, actor: str) -> Job:
    """Returns the job with the gate overridden on the current commit. Repeating the request changes nothing.

    A job that failed by its gates is COMPLETED if no gate blocks it any more. It goes back to RUNNING, with
    new deadlines, if mandatory gates are open. It stays FAILED if another mandatory gate failed. Raises
    StaleAttempt, UnknownGate, CommitMismatch and CommitNotPushed. Raises IllegalTransition unless the job is
    RUNNING or failed by its gates.
    """
    if request.attempt not in (None, job.attempt):
        raise StaleAttempt(request.attempt or 0, job.attempt)
    if any(_repeats(gate, request, actor) for gate in job.gates):
        return job
    if job.status is not JobStatus.RUNNING and not _is_overridable(job):
        raise IllegalTransition("given a gate report", job.status.value)
    validation.gate_of(job, request.gate_id)
    bound = _on_commit(job, request.commit_sha)
    reason = cut(request.reason, MAX_DETAILS_BYTES)
    gate = forced(validation.gate_of(bound, request.gate_id), reason, bound.commit_sha, actor)
    overridden = bound.evolve(
        gates=tuple(gate if known.id == gate.id else known for known in bound.gates),
        overrides=(*job.overrides, _record(job, gate, now))[-MAX_OVERRIDES:],
    )
    overridden = gate_steps.with_gate_step(overridden, gate, now)
    return (
        validation.revalidated(overridden, now, actor)
        if job.status is JobStatus.RUNNING
        else _reevaluated(overridden, now, actor)
    )


def _repeats(gate: Gate, request: OverrideRequest, actor: str) -> bool:
    reason = cut(request.reason, MAX_DETAILS_BYTES)
    return (
        (gate.id, gate.status, gate.reason) == (request.gate_id, GateStatus.FORCED, reason)
        and same_actor(gate.reported_by or "", actor)
        and request.commit_sha in (None, gate.commit_sha)
    )


def _is_overridable(job: Job) -> bool:
    return job.status is JobStatus.FAILED and job.error is not None and job.error.code in OVERRIDABLE


def _on_commit(job: Job, sha: str | None) -> Job:
    if sha is None:
        return job
    if job.commit_sha not in (None, sha) or commits.is_superseded(job, sha, job.attempt):
        raise CommitMismatch(sha, job.commit_sha)
    if not commits.may_name(job, sha):
        raise CommitNotPushed(sha, job.push_branch)
    return commits.with_commit(job, sha, "token")


def _record(job: Job, gate: Gate, now: datetime) -> Override:
    return Override(
        gate=gate.id,
        attempt=job.attempt,
        commit_sha=gate.commit_sha,
        actor=gate.reported_by or "",
        reason=cut(gate.reason or "", _MAX_REASON_BYTES),
        at=now,
    )


def _reevaluated(job: Job, now: datetime, actor: str) -> Job:
    """Returns the next version of a job that failed by its gates, evaluated again with the override."""
    failed_gates = validation.blocking_gates(job, GateStatus.FAILED)
    if failed_gates:
        return lifecycle.change(job, now, actor, error=failed("gate_failed", gates=", ".join(failed_gates)))
    if not validation.blocking_gates(job) and not validation.gates_await_push(job):
        return lifecycle.complete(job, now, actor, error=None)
    fresh = tuple(gate.model_copy(update={"expires_at": None}) for gate in job.gates)
    open_again = gate_steps.sync_gate_steps(
        validation.waiting(job.evolve(gates=fresh, phase=Phase.VALIDATION), now), now
    )
    back: dict[str, Any] = {"error": None, "completed_at": None}
    return lifecycle.move(open_again, JobStatus.RUNNING, now, actor, **back)
