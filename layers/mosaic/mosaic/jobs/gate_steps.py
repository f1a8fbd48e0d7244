"""The steps that represent an attempt's gates: running while the gate is open, ended with its result. Pure."""

from __future__ import annotations

from datetime import datetime

from mosaic.jobs import steps
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, Phase, StepStatus, StepType

_ENDED = {
    GateStatus.PASSED: StepStatus.COMPLETED,
    GateStatus.FORCED: StepStatus.COMPLETED,
    GateStatus.FAILED: StepStatus.FAILED,
}


def with_gate_step(job: Job, gate: Gate, now: datetime) -> Job:
    """Returns the job with the gate's step updated. Not yet a new version."""
    name, status = steps.gate_step(gate.id), _ENDED.get(gate.status)
    job_steps = steps.begun(job.steps, job.attempt, Phase.VALIDATION, StepType.GATE, name, now)
    if status is not None:
        job_steps = steps.ended(job_steps, job.attempt, name, status, now, gate.reason or gate.details)
    return job.evolve(steps=job_steps)


def sync_gate_steps(job: Job, now: datetime) -> Job:
    """Returns the job with all gate steps updated. In VALIDATION, missing gate steps are started."""
    changed = job
    for gate in job.gates:
        current = _status(job, gate)
        begins = current is not None or job.phase is Phase.VALIDATION
        if begins and current is not _ENDED.get(gate.status, StepStatus.RUNNING):
            changed = with_gate_step(changed, gate, now)
    return changed


def _status(job: Job, gate: Gate) -> StepStatus | None:
    key = (job.attempt, steps.gate_step(gate.id))
    return next((step.status for step in job.steps if (step.attempt, step.name) == key), None)
