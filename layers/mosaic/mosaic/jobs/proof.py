"""What must be proven before a job may call itself done: gates reported, judged, expired. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mosaic.base import Value
from mosaic.jobs import lifecycle, steps
from mosaic.jobs.errors import CommitMismatch, IllegalTransition, UnknownGate
from mosaic.jobs.failures import failed
from mosaic.jobs.limits import MAX_OUTPUT_BYTES
from mosaic.jobs.model import Job
from mosaic.jobs.parts import Gate
from mosaic.jobs.states import GateStatus, JobStatus, Phase, StepStatus, StepType
from mosaic.jobs.text import cut

LETS_PASS = frozenset({GateStatus.PASSED, GateStatus.FORCED})
_STEP_OF_GATE = {
    GateStatus.PASSED: StepStatus.COMPLETED,
    GateStatus.FORCED: StepStatus.COMPLETED,
    GateStatus.FAILED: StepStatus.FAILED,
}


class GateReport(Value):
    """One report on one gate: what it found, on which commit; a forced one carries a reason instead."""

    gate_id: str
    status: GateStatus
    commit_sha: str | None = None
    url: str | None = None
    details: str | None = None
    reason: str | None = None


def report(job: Job, said: GateReport, now: datetime, actor: str) -> Job:
    """`job` with the gate as reported, judged at once when its run has ended.

    A repeated report changes nothing, also once it has ended the job. Unless the run names its commit, the first
    report fixes the one that the job is judged by.
    Raises IllegalTransition unless RUNNING, UnknownGate, CommitMismatch for another commit.
    """
    gate = next((gate for gate in job.gates if gate.id == said.gate_id), None)
    reported = _reported(gate, said, actor) if gate else None
    if gate and reported == gate:
        return job
    if job.status is not JobStatus.RUNNING:
        raise IllegalTransition("given a gate report", job.status.value)
    if reported is None:
        raise UnknownGate(said.gate_id, tuple(gate.id for gate in job.gates))
    commit = said.commit_sha or job.commit_sha
    if job.commit_sha and commit != job.commit_sha:
        raise CommitMismatch(commit or "", job.commit_sha)
    gates = tuple(reported if known.id == reported.id else known for known in job.gates)
    changed = job.evolve(gates=gates, commit_sha=commit, steps=_step(job, reported, now))
    return (
        judge(changed, now, actor) if job.phase is Phase.VALIDATION else lifecycle.change(changed, now, actor)
    )


def _reported(gate: Gate, said: GateReport, actor: str) -> Gate:
    return gate.model_copy(
        update={
            "status": said.status,
            "reported_by": actor,
            "commit_sha": said.commit_sha,
            "url": said.url,
            "details": cut(said.details, MAX_OUTPUT_BYTES) if said.details else None,
            "reason": said.reason,
        }
    )


def _step(job: Job, gate: Gate, now: datetime) -> steps.Steps:
    name, status = steps.gate_step(gate.id), _STEP_OF_GATE.get(gate.status)
    if status is None:
        return job.steps
    taken = steps.begun(job.steps, job.attempt, Phase.VALIDATION, StepType.GATE, name, now)
    return steps.ended(taken, job.attempt, name, status, now, gate.reason or gate.details)


def produced(job: Job, commit_sha: str) -> Job:
    """`job`, whose run made this commit, judged by it: what was reported on another is open; not yet a new version."""
    gates = tuple(gate if gate.commit_sha in (None, commit_sha) else _unproven(gate) for gate in job.gates)
    return job.evolve(gates=gates, commit_sha=commit_sha)


def _unproven(gate: Gate) -> Gate:
    return Gate(id=gate.id, mandatory=gate.mandatory, reporter=gate.reporter)


def open_validation(job: Job, now: datetime) -> Job:
    """`job`, whose run has ended, in phase VALIDATION with its open gates' time running; not yet a new version."""
    taken = job.steps
    for gate in job.gates:
        if gate.status is GateStatus.PENDING:
            name = steps.gate_step(gate.id)
            taken = steps.begun(taken, job.attempt, Phase.VALIDATION, StepType.GATE, name, now)
    until = now + timedelta(seconds=job.quality.timeout_seconds if job.quality else 0)
    return job.evolve(phase=Phase.VALIDATION, steps=taken, expires_at=until, due_at=until)


def judge(job: Job, now: datetime, actor: str) -> Job:
    """The next version of a job whose run has ended.

    COMPLETED when every mandatory gate passed or was forced, FAILED naming them when one failed, else it goes on
    waiting. "Completed" and "all mandatory gates passed" are so one version and one write.
    """
    mandatory = tuple(gate for gate in job.gates if gate.mandatory)
    lost = tuple(gate.id for gate in mandatory if gate.status is GateStatus.FAILED)
    if lost:
        return lifecycle.fail(job, failed("gate_failed", gates=", ".join(lost)), now, actor)
    if all(gate.status in LETS_PASS for gate in mandatory):
        ended = steps.end_running(job.steps, StepStatus.SKIPPED, now)
        return lifecycle.complete(job, now, actor, steps=ended)
    return lifecycle.change(job, now, actor)


def expire(job: Job, now: datetime, actor: str) -> Job:
    """The gates' time is up: FAILED, naming those that are not proven."""
    open_gates = tuple(gate.id for gate in job.gates if gate.mandatory and gate.status not in LETS_PASS)
    return lifecycle.fail(job, failed("gate_timeout", gates=", ".join(open_gates)), now, actor)
