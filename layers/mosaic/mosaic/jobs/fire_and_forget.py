"""Runs over the gateway's hooks: the gateway reports neither reply nor end, and cannot stop the run. Pure.

The gates of such a job are open as soon as the run is accepted. Without mandatory gates the run ends when it
reports 100 percent, or fails at its deadline.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mosaic.jobs import attempt, failures, lifecycle, steps, validation
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, StepStatus, StepType
from mosaic.jobs.value_objects import Dispatch, JobError

HOOKS_ONLY = "the gateway offers hooks only: it reports neither the reply nor the end of the run"
POSSIBLY_STARTED = (
    "the gateway may have accepted the run; it is not called again, because that could start a second run"
)
CANNOT_STOP = "the gateway offers hooks only: the run cannot be stopped, and its later reports are refused"
UNKNOWN_RUN = "unknown"
DONE_PERCENT = 100


def is_fire_and_forget(job: Job) -> bool:
    """True if the attempt's run uses the `hooks` transport."""
    return job.dispatch is not None and job.dispatch.transport == "hooks"


def refusal(agent: str, ceiling: tuple[str, ...] | None, granted: tuple[str, ...]) -> JobError | None:
    """Returns the error if the agent may use tools that were not granted; None if the run may start.

    `ceiling` are the tools that the agent may use; None if they are unknown, which is an error too.
    """
    if ceiling is None:
        return failures.failed("tools_unlimited", agent=agent, tools="an unknown set of tools")
    beyond = sorted(set(ceiling) - set(granted))
    return failures.failed("tools_unlimited", agent=agent, tools=", ".join(beyond)) if beyond else None


def accepted(job: Job, run_id: str | None, now: datetime, actor: str) -> Job:
    """Returns the job after the gateway accepted the run. Without `run_id` it is unknown whether the run
    started.
    """
    dispatch = _dispatch_of(job)
    deadline = max(dispatch.deadline, now + timedelta(seconds=job.timeout_seconds))
    output = f"run {run_id}; {HOOKS_ONLY}" if run_id else POSSIBLY_STARTED
    done = steps.ended(job.steps, job.attempt, steps.DISPATCH, StepStatus.COMPLETED, now, output)
    begun = steps.started(done, job.attempt, Phase.EXECUTION, StepType.AI_ACTION, steps.AGENT_RUN, now)
    known = dispatch.model_copy(update={"scheduled_run_id": run_id or UNKNOWN_RUN, "deadline": deadline})
    admitted = job.evolve(
        phase=Phase.EXECUTION, steps=begun, dispatch=known, expires_at=deadline, due_at=deadline
    )
    if not any(gate.mandatory for gate in job.gates):
        return lifecycle.change(admitted, now, actor)
    return _evaluated(admitted, StepStatus.SKIPPED, now, actor)


def is_done(job: Job) -> bool:
    """True if the run reported 100 percent and no mandatory gate has to validate it."""
    under_way = job.status is JobStatus.RUNNING and job.phase is Phase.EXECUTION
    return is_fire_and_forget(job) and under_way and job.progress_percent == DONE_PERCENT


def done(job: Job, now: datetime, actor: str) -> Job:
    """Returns the job validated if its run is done; otherwise unchanged."""
    return _evaluated(job, StepStatus.COMPLETED, now, actor) if is_done(job) else job


def due(job: Job, now: datetime, actor: str) -> Job:
    """Returns the job when its due time has passed.

    A run without confirmed acceptance counts as accepted, since a stopped stitcher may have started it. A run
    past its deadline fails.
    """
    if attempt.awaits_acceptance(job):
        return accepted(job, None, now, actor)
    if is_done(job):
        return done(job, now, actor)
    error = failures.failed("run_unknown", seconds=job.timeout_seconds)
    ended = steps.ended(job.steps, job.attempt, steps.AGENT_RUN, StepStatus.FAILED, now, HOOKS_ONLY)
    return lifecycle.fail(job, error, now, actor, steps=ended)


def _evaluated(job: Job, status: StepStatus, now: datetime, actor: str) -> Job:
    ended = steps.ended(job.steps, job.attempt, steps.AGENT_RUN, status, now, HOOKS_ONLY)
    return validation.evaluate(validation.start_validation(job.evolve(steps=ended), now), now, actor)


def _dispatch_of(job: Job) -> Dispatch:
    if job.dispatch is None:
        raise ValueError(f"job {job.id} has no dispatch")
    return job.dispatch
