"""A run that was started over the gateway's hooks: neither its reply nor its end is told, and nothing stops it. Pure.

Its gates prove what it did, from the moment that it was admitted. Without gates it is over when it says so itself, by
the report of 100 percent, or given up at its deadline.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mosaic.jobs import attempt, failures, lifecycle, steps, validation
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, StepStatus, StepType
from mosaic.jobs.value_objects import Dispatch, JobError

HOOKS_ONLY = "the gateway offers hooks only: it reports neither the reply nor the end of the run"
POSSIBLY_STARTED = "the gateway may have taken the run: it is not asked again, since it might run it twice"
CANNOT_STOP = "the gateway offers hooks only: the run cannot be stopped, and its later reports are refused"
UNKNOWN_RUN = "unknown"
DONE_PERCENT = 100


def is_fire_and_forget(job: Job) -> bool:
    """Whether the attempt's run cannot be followed."""
    return job.dispatch is not None and job.dispatch.transport == "hooks"


def refusal(agent: str, ceiling: tuple[str, ...] | None, granted: tuple[str, ...]) -> JobError | None:
    """Why an agent that may use the tools of its `ceiling`, if that is known, must not get a run that was granted
    these; None if it may.
    """
    if ceiling is None:
        return failures.failed("tools_unlimited", agent=agent, tools="tools that nobody has named")
    beyond = sorted(set(ceiling) - set(granted))
    return failures.failed("tools_unlimited", agent=agent, tools=", ".join(beyond)) if beyond else None


def taken(job: Job, run_id: str | None, now: datetime, actor: str) -> Job:
    """The gateway has admitted the run; without a `run_id` it may have."""
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
    """Whether the run has said that it is done, and nothing else has to prove it."""
    under_way = job.status is JobStatus.RUNNING and job.phase is Phase.EXECUTION
    return is_fire_and_forget(job) and under_way and job.progress_percent == DONE_PERCENT


def done(job: Job, now: datetime, actor: str) -> Job:
    """`job` after its run said that it is done; unchanged if it is over otherwise."""
    return _evaluated(job, StepStatus.COMPLETED, now, actor) if is_done(job) else job


def due(job: Job, now: datetime, actor: str) -> Job:
    """What a run comes to that somebody looks at: one whose order a stitcher that died may have given goes on as if
    it were taken, one that is over its time is given up.
    """
    if attempt.awaits_acceptance(job):
        return taken(job, None, now, actor)
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
        raise ValueError(f"job {job.id} has no order for the gateway")
    return job.dispatch
