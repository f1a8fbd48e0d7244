"""One attempt of a job at the gateway: dispatched, accepted, reconciled, ended. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mosaic.jobs import failures, lifecycle, steps, validation
from mosaic.jobs.gates import Gate
from mosaic.jobs.limits import MAX_RESULT_BYTES
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, StepStatus, StepType
from mosaic.jobs.text import cut
from mosaic.jobs.usage import usage_fields
from mosaic.jobs.value_objects import Dispatch, GuardDecision, JobError, QualityDecision, Result

# A dispatch intent that is older than this was left behind by a stitcher that stopped.
STALLED_DISPATCH = timedelta(seconds=90)
# The callback may be lost, so the gateway is queried when a run has taken this long.
LOST_CALLBACK = timedelta(seconds=30)
FIRST_BACKOFF = timedelta(seconds=2)
MAX_BACKOFF = timedelta(seconds=300)


def begin(
    job: Job,
    guard: GuardDecision,
    quality: QualityDecision,
    gates: tuple[Gate, ...],
    dispatch: Dispatch,
    now: datetime,
    actor: str,
) -> Job:
    """Returns the queued job in RUNNING with its dispatch intent. The gateway has not been called yet."""
    job_steps = job.steps
    if job.quality is None:
        job_steps = _with_decision(job_steps, job.attempt, steps.GUARD_RAILS, guard.decision.value, now)
        job_steps = _with_decision(
            job_steps, job.attempt, steps.QUALITY_RAILS, ", ".join(quality.gates) or "no gates", now
        )
    job_steps = steps.begun(job_steps, job.attempt, Phase.SETUP, StepType.COMMAND, steps.DISPATCH, now)
    return lifecycle.move(
        job,
        JobStatus.RUNNING,
        now,
        actor,
        waiting=None,
        phase=Phase.SETUP,
        guard=guard,
        quality=quality,
        gates=_with_reports(gates, job.gates),
        steps=job_steps,
        dispatch=dispatch,
        started_at=job.started_at or now,
        expires_at=dispatch.deadline,
        due_at=now + STALLED_DISPATCH,
    )


def _with_reports(gates: tuple[Gate, ...], known: tuple[Gate, ...]) -> tuple[Gate, ...]:
    """Returns the gates with the reports that arrived while the dispatch was being retried."""
    reported = {gate.id: gate for gate in known}
    return tuple(
        reported[gate.id] if gate.id in reported and reported[gate.id].without_report() == gate else gate
        for gate in gates
    )


def _with_decision(
    job_steps: steps.Steps, attempt: int, name: str, output: str, now: datetime
) -> steps.Steps:
    begun = steps.started(job_steps, attempt, Phase.SETUP, StepType.COMMAND, name, now)
    return steps.ended(begun, attempt, name, StepStatus.COMPLETED, now, output)


def awaits_acceptance(job: Job) -> bool:
    """True if the run is dispatched and the gateway has not confirmed it yet."""
    return (
        job.status is JobStatus.RUNNING and job.dispatch is not None and job.dispatch.scheduled_run_id is None
    )


def accepted(job: Job, scheduled_run_id: str, known_before: bool, now: datetime, actor: str) -> Job:
    """Returns the job after the gateway accepted the run. `known_before`: the gateway already had it, so it
    may have run.

    A run that starts now gets its full timeout, however long the dispatch took.
    """
    started = _accepted(job, scheduled_run_id, now)
    dispatch = _dispatch_of(started)
    whole = now + timedelta(seconds=job.timeout_seconds)
    deadline = dispatch.deadline if known_before else max(dispatch.deadline, whole)
    return lifecycle.change(
        started,
        now,
        actor,
        dispatch=dispatch.model_copy(update={"deadline": deadline}),
        expires_at=deadline,
        due_at=now if known_before else min(now + LOST_CALLBACK, deadline),
    )


def _accepted(job: Job, scheduled_run_id: str, now: datetime) -> Job:
    dispatch = _dispatch_of(job)
    job_steps = steps.ended(
        job.steps, job.attempt, steps.DISPATCH, StepStatus.COMPLETED, now, scheduled_run_id
    )
    return job.evolve(
        phase=Phase.EXECUTION,
        steps=steps.started(
            job_steps, job.attempt, Phase.EXECUTION, StepType.AI_ACTION, steps.AGENT_RUN, now
        ),
        dispatch=dispatch.model_copy(update={"scheduled_run_id": scheduled_run_id, "last_error": None}),
    )


def rescheduled(job: Job, at: datetime, now: datetime, actor: str, late_count: int = 0) -> Job:
    """Returns the job with a new start time, because the gateway has no run and the old start time has
    passed.

    The key stays the same. `late_count` counts the dispatches of this attempt that were new and still too late.
    """
    dispatch = _rescheduled(job, at).model_copy(update={"late_count": late_count})
    return lifecycle.change(
        job,
        now,
        actor,
        "the gateway has no such run and the start time has passed: scheduled again",
        dispatch=dispatch,
        expires_at=dispatch.deadline,
        due_at=now + STALLED_DISPATCH,
    )


def _rescheduled(job: Job, at: datetime) -> Dispatch:
    deadline = at + timedelta(seconds=job.timeout_seconds)
    return _dispatch_of(job).model_copy(update={"at": at, "deadline": deadline})


def started_late(job: Job, deadline: datetime, now: datetime, actor: str) -> Job:
    """Returns the job with a new `deadline`, because the gateway started the run late or has not started it
    yet.
    """
    dispatch = _dispatch_of(job).model_copy(update={"deadline": deadline})
    reason = "the gateway started the run late: its deadline is extended"
    return lifecycle.change(job, now, actor, reason, dispatch=dispatch, expires_at=deadline, due_at=deadline)


def busy(job: Job, detail: str, retry_at: datetime, at: datetime | None, now: datetime, actor: str) -> Job:
    """Returns the job queued until `retry_at`, because the gateway accepts no more runs. This does not count
    as a try.

    A run that the gateway cannot have accepted is moved to start at `at`. All calls together are one dispatch
    step.
    """
    dispatch = _rescheduled(job, at).model_copy(update={"unsent": True}) if at else job.dispatch
    due = retry_at + lifecycle.LOST_ENQUEUE
    return lifecycle.queue(job, now, actor, detail, dispatch=dispatch, retry_at=retry_at, due_at=due)


def unreachable(job: Job, detail: str, max_tries: int, now: datetime, actor: str) -> Job:
    """Returns the job queued for another try, or its attempt failed after `max_tries`.

    The dispatch is kept: the next call repeats it and cannot start a second run.
    """
    dispatch = _dispatch_of(job)
    tries = dispatch.tries + 1
    missed = dispatch.model_copy(update={"tries": tries, "last_error": detail})
    if tries >= max_tries:
        job_steps = steps.ended(job.steps, job.attempt, steps.DISPATCH, StepStatus.FAILED, now, detail)
        error = failures.failed("gateway_unavailable", tries=tries, detail=detail)
        return lifecycle.fail_attempt(job, error, now, actor, steps=job_steps, dispatch=missed)
    retry_at = now + lifecycle.backoff(job.id, tries, FIRST_BACKOFF, MAX_BACKOFF)
    due = retry_at + lifecycle.LOST_ENQUEUE
    return lifecycle.queue(job, now, actor, detail, dispatch=missed, retry_at=retry_at, due_at=due)


def refused(job: Job, detail: str, now: datetime, actor: str) -> Job:
    """Returns the job failed, because the gateway refused the run and a repeated call would not help."""
    dispatch = _dispatch_of(job)
    job_steps = steps.ended(job.steps, job.attempt, steps.DISPATCH, StepStatus.FAILED, now, detail)
    failed = dispatch.model_copy(update={"tries": dispatch.tries + 1, "last_error": detail})
    return lifecycle.fail(
        job, failures.failed("gateway_refused", detail=detail), now, actor, steps=job_steps, dispatch=failed
    )


def succeeded(job: Job, scheduled_run_id: str, result: Result, now: datetime, actor: str) -> Job:
    """Returns the job after the run succeeded: in VALIDATION, or COMPLETED if no mandatory gate is open.

    The run may end before its acceptance is saved; then this version records both.
    """
    job = _accepted(job, scheduled_run_id, now) if awaits_acceptance(job) else job
    ended = _run_ended(job, result, StepStatus.COMPLETED, now)
    kept = result.model_copy(update={"summary": cut(result.summary, MAX_RESULT_BYTES)})
    return validation.evaluate(
        validation.start_validation(job.evolve(steps=ended, result=kept), now), now, actor
    )


def failed(
    job: Job,
    scheduled_run_id: str,
    result: Result,
    detail: str,
    now: datetime,
    actor: str,
    code: str = "run_failed",
) -> Job:
    """Returns the job after the run failed. The acceptance may not have been saved before."""
    job = _accepted(job, scheduled_run_id, now) if awaits_acceptance(job) else job
    ended = _run_ended(job, result, StepStatus.FAILED, now)
    kept = result.model_copy(update={"summary": cut(result.summary, MAX_RESULT_BYTES)})
    error = failures.failed(code, detail=detail)
    return lifecycle.fail_attempt(job, error, now, actor, steps=ended, result=kept)


def timed_out(job: Job, stop_status: StepStatus, stop_output: str, now: datetime, actor: str) -> Job:
    """Returns the job after the run's deadline. `stop_status` and `stop_output` describe the attempt to stop
    the run.
    """
    error = failures.failed("timeout", seconds=job.timeout_seconds, stop=stop_output)
    return _fail_run(job.evolve(steps=_with_stop_step(job, stop_status, stop_output, now)), error, now, actor)


def lost(job: Job, now: datetime, actor: str) -> Job:
    """Returns the job after the gateway lost a run that it had accepted."""
    return _fail_run(job, failures.failed("run_lost"), now, actor)


def _fail_run(job: Job, error: JobError, now: datetime, actor: str) -> Job:
    job_steps = steps.ended(job.steps, job.attempt, steps.AGENT_RUN, StepStatus.FAILED, now, error.title)
    return lifecycle.fail_attempt(job, error, now, actor, steps=job_steps)


def stopped(job: Job, stop_status: StepStatus, stop_output: str, now: datetime, actor: str) -> Job:
    """Returns the ended job with the result of stopping its run. Nothing is due afterwards."""
    return lifecycle.change(
        job, now, actor, steps=_with_stop_step(job, stop_status, stop_output, now), due_at=None
    )


def awaits_stop_result(job: Job) -> bool:
    """True if the ended attempt has to record that its run was stopped."""
    name = (job.attempt, steps.STOP_RUN)
    stop_failed = any(
        (step.attempt, step.name) == name and step.status is StepStatus.FAILED for step in job.steps
    )
    return job.status is JobStatus.CANCELLED or stop_failed


def _with_stop_step(job: Job, stop_status: StepStatus, stop_output: str, now: datetime) -> steps.Steps:
    begun = steps.begun(job.steps, job.attempt, Phase.CLEANUP, StepType.COMMAND, steps.STOP_RUN, now)
    return steps.ended(begun, job.attempt, steps.STOP_RUN, stop_status, now, stop_output)


def _run_ended(job: Job, result: Result, status: StepStatus, now: datetime) -> steps.Steps:
    job_steps = steps.ended(
        job.steps,
        job.attempt,
        steps.AGENT_RUN,
        status,
        now,
        result.summary,
        **usage_fields(result, job.prices),
    )
    # Steps that the run started have ended with it, with an unknown result.
    return steps.end_running(job_steps, StepStatus.SKIPPED, now)


def _dispatch_of(job: Job) -> Dispatch:
    if job.dispatch is None:
        raise ValueError(f"job {job.id} has no dispatch")
    return job.dispatch
