"""State changes of a job. Pure: each function returns the next version. No other module sets a status."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from mosaic.jobs import attempt_history, commits, steps
from mosaic.jobs.actors import any_same_actor
from mosaic.jobs.attempt_records import Cancelled
from mosaic.jobs.errors import IllegalTransition, InputTooLarge, TooManyAttempts
from mosaic.jobs.failures import FAILURES, failed
from mosaic.jobs.limits import MAX_INPUT_BYTES
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.next_action import NO_FREE_SLOT
from mosaic.jobs.roles import RequesterRole, lowest_role
from mosaic.jobs.states import JobStatus, StepStatus, Waiting
from mosaic.jobs.text import size
from mosaic.jobs.value_objects import Change, GuardDecision, IssueContext, JobError, RunReport
from mosaic.redaction import redact

TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.PENDING: frozenset({JobStatus.QUEUED, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.QUEUED: frozenset(
        {JobStatus.RUNNING, JobStatus.PENDING, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    JobStatus.RUNNING: frozenset(
        {JobStatus.QUEUED, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    JobStatus.FAILED: frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.COMPLETED}),
    JobStatus.CANCELLED: frozenset({JobStatus.QUEUED}),
    JobStatus.COMPLETED: frozenset(),
}
CANCELLABLE = frozenset(status for status, after in TRANSITIONS.items() if JobStatus.CANCELLED in after)
ENDED = frozenset(JobStatus) - CANCELLABLE
RETRYABLE = frozenset(status for status in ENDED if JobStatus.QUEUED in TRANSITIONS[status])

# Fifteen attempts of a dozen steps each stay below MAX_STEPS.
MAX_ATTEMPTS = 15
# A queued job that is unchanged for this long has lost its message.
LOST_ENQUEUE = timedelta(seconds=60)
# The gateway refuses a start time more than about a minute in the past.
LATE_CALL_WINDOW = timedelta(seconds=90)
# Delays between the attempts of a job that fails for a transient reason.
FIRST_RETRY_DELAY = timedelta(seconds=10)
MAX_RETRY_DELAY = timedelta(minutes=15)


def change(
    job: Job,
    now: datetime,
    actor: str,
    reason: str | None = None,
    reports: tuple[RunReport, ...] = (),
    **fields: Any,
) -> Job:
    """Returns the next version of the job with `fields` set and the status unchanged. `reports` are those of
    the run. Secrets of known forms are removed from the reason.
    """
    made = Change(actor=actor, at=now, reason=redact(reason) if reason else reason, reports=reports)
    return job.evolve(version=job.version + 1, change=made, **fields)


def move(
    job: Job,
    status: JobStatus,
    now: datetime,
    actor: str,
    reason: str | None = None,
    **fields: Any,
) -> Job:
    """Returns the next version of the job with another status. Raises IllegalTransition if the transition is
    not allowed.
    """
    if status not in TRANSITIONS[job.status]:
        raise IllegalTransition(status.value.lower(), job.status.value)
    return change(job, now, actor, reason, status=status, **fields)


def create(draft: Draft, job_id: str, now: datetime) -> Job:
    """Returns version 1 of a job: QUEUED, or PENDING if `run_at` is in the future. Secrets of known forms are
    removed from its texts.

    A job with a repository and no branch gets a default branch. Raises InputTooLarge if instructions, paths
    and context together exceed MAX_INPUT_BYTES.
    """
    _check_input(draft.instructions, draft.context, draft.paths)
    delayed = draft.run_at is not None and draft.run_at > now
    changed = {
        "branch": draft.branch or (f"mosaic/{job_id}" if draft.repository else None),
        "instructions": redact(draft.instructions),
        "context": _redacted(draft.context),
    }
    return Job(
        **{**dict(draft), **changed},
        id=job_id,
        status=JobStatus.PENDING if delayed else JobStatus.QUEUED,
        waiting=Waiting.DELAY if delayed else None,
        created_at=now,
        queued_at=None if delayed else now,
        due_at=draft.run_at if delayed else now + LOST_ENQUEUE,
        change=Change(actor=draft.source.actor, at=now),
    )


def _redacted(context: IssueContext) -> IssueContext:
    texts = {"title": redact(context.title), "body": redact(context.body)}
    return context.model_copy(update={**texts, "labels": tuple(map(redact, context.labels))})


def _check_input(instructions: str, context: IssueContext, paths: tuple[str, ...]) -> None:
    texts = (instructions, context.title, context.body, *context.labels, *paths)
    if sum(map(size, texts)) > MAX_INPUT_BYTES:
        raise InputTooLarge("instructions", MAX_INPUT_BYTES)


def queue(job: Job, now: datetime, actor: str, reason: str | None = None, **fields: Any) -> Job:
    """Returns the job in QUEUED, waiting for the stitcher."""
    again: dict[str, Any] = {
        "waiting": None,
        "phase": None,
        "queued_at": now,
        "expires_at": None,
        "retry_at": None,
        "due_at": now + LOST_ENQUEUE,
    }
    return move(job, JobStatus.QUEUED, now, actor, reason, **{**again, **fields})


def fail(job: Job, error: JobError, now: datetime, actor: str, **fields: Any) -> Job:
    """Returns the job in FAILED with `error`. Running steps fail; the steps of open gates are skipped."""
    fields["steps"] = steps.fail_running(fields.get("steps", job.steps), now)
    return _end(job, JobStatus.FAILED, now, actor, None, error=error, **fields)


def complete(job: Job, now: datetime, actor: str, **fields: Any) -> Job:
    """Returns the job in COMPLETED. Only `mosaic.jobs.validation` calls it, after all mandatory gates have
    passed.
    """
    return _end(job, JobStatus.COMPLETED, now, actor, None, progress_percent=100, **fields)


def cancel(job: Job, now: datetime, actor: str, reason: str | None = None) -> Job:
    """Returns the job in CANCELLED, which refuses every later report. A cancelled job is returned unchanged.
    Secrets of known forms are removed from the reason.

    Raises IllegalTransition if the job is COMPLETED or FAILED.
    """
    if job.status is JobStatus.CANCELLED:
        return job
    if job.status not in CANCELLABLE:
        raise IllegalTransition("cancelled", job.status.value)
    ended = steps.end_running(job.steps, StepStatus.SKIPPED, now)
    by = Cancelled(by=actor, reason=redact(reason) if reason else reason, at=now)
    return _end(job, JobStatus.CANCELLED, now, actor, reason, steps=ended, cancelled=by)


def _end(job: Job, status: JobStatus, now: datetime, actor: str, reason: str | None, **fields: Any) -> Job:
    """Returns the job in a terminal status; it is due once more if the gateway may still hold runs of the
    job.

    A completed run stays at the gateway until its start time is too old to be used again, so that a late call
    with the same key is refused. Any other run is removed at once, before the gateway retries it.
    """
    due = now if job.run_handles else None
    if due and status is JobStatus.COMPLETED and job.dispatch:
        due = max(due, job.dispatch.at + LATE_CALL_WINDOW)
    ended: dict[str, Any] = {
        "waiting": None,
        "phase": None,
        "completed_at": now,
        "expires_at": None,
        "retry_at": None,
        "due_at": due,
    }
    return move(job, status, now, actor, reason, **{**ended, **fields})


def retry(
    job: Job,
    now: datetime,
    actor: str,
    instructions: str | None = None,
    *,
    role: RequesterRole,
    untrusted: bool = False,
) -> Job:
    """Returns the job in QUEUED as the next attempt. The history stays; guard decision, approval and gates
    are cleared.

    The next attempt runs in the lower of the job's role and `role`, the role of `actor`, who is a requester
    of the job from now on. `untrusted` marks new instructions that were written on a forge. Raises
    IllegalTransition unless the job is FAILED or CANCELLED. Raises TooManyAttempts after MAX_ATTEMPTS. Raises
    InputTooLarge if the new instructions and the context together exceed MAX_INPUT_BYTES.
    """
    if job.status not in RETRYABLE:
        raise IllegalTransition("retried", job.status.value)
    if job.attempt >= MAX_ATTEMPTS:
        raise TooManyAttempts(MAX_ATTEMPTS)
    if instructions is not None:
        _check_input(instructions, job.context, job.paths)
    # A job of an earlier version may have no role; the guard rails count it as a member's.
    lower = lowest_role(job.source.role or "member", role)
    return queue(
        job,
        now,
        actor,
        source=job.source.model_copy(update={"role": lower}),
        retried_by=job.retried_by if any_same_actor(actor, job.retried_by) else (*job.retried_by, actor),
        instructions=redact(instructions) if instructions else job.instructions,
        instructions_untrusted=untrusted if instructions else job.instructions_untrusted,
        instructions_by=actor if instructions else job.instructions_by,
        instructions_role=role if instructions else job.instructions_role,
        **_next_attempt(job),
    )


def fail_attempt(job: Job, error: JobError, now: datetime, actor: str, **fields: Any) -> Job:
    """Returns the job after a failed attempt: queued for the next attempt, or FAILED.

    The next attempt needs a transient error and attempts left by `max_attempts`. It waits for a backoff.
    """
    if not FAILURES[error.code].transient or job.attempt >= min(job.max_attempts, MAX_ATTEMPTS):
        return fail(job, error, now, actor, **fields)
    kept = job.evolve(**fields)
    ended = {"status": JobStatus.FAILED, "error": error, "completed_at": now}
    again = _next_attempt(kept.model_copy(update=ended))
    retry_at = now + backoff(job.id, job.attempt, FIRST_RETRY_DELAY, MAX_RETRY_DELAY)
    job_steps = steps.fail_running(kept.steps, now)
    due = retry_at + LOST_ENQUEUE
    return queue(
        job, now, actor, error.title, **{**again, "steps": job_steps, "retry_at": retry_at, "due_at": due}
    )


def _next_attempt(job: Job) -> dict[str, Any]:
    """Returns the fields of the next attempt; the current one is added to the past attempts."""
    return {
        "past_attempts": (*job.past_attempts, attempt_history.present(job)),
        "attempt": job.attempt + 1,
        "progress_percent": 0,
        "guard": None,
        "quality": None,
        "approval": None,
        "batches": (),
        "gates": (),
        "dispatch": None,
        "earlier_runs": job.run_handles,
        "commit_sha": None,
        "commit_by": None,
        "commit_at": None,
        "superseded": commits.commits_so_far(job),
        "other_commit_gates": (),
        "result": None,
        "error": None,
        "cancelled": None,
        "started_at": None,
        "completed_at": None,
    }


def backoff(job_id: str, tries: int, first: timedelta, most: timedelta) -> timedelta:
    """Returns the delay after `tries` failures: `first`, doubled for each failure, at most `most`, ± 25 % by
    job and try.
    """
    wait: timedelta = min(first * 2 ** min(tries - 1, 16), most)
    return wait * (0.75 + crc32(f"{job_id}:{tries}".encode()) % 501 / 1000)


def release(job: Job, now: datetime, actor: str) -> Job:
    """Returns the job in QUEUED, because its delay has elapsed."""
    return queue(job, now, actor, "delay elapsed")


def wait_for_slot(job: Job, now: datetime, actor: str) -> Job:
    """Returns the queued job in PENDING, waiting for a slot of its workspace."""
    due = now + LOST_ENQUEUE
    return move(
        job, JobStatus.PENDING, now, actor, NO_FREE_SLOT, waiting=Waiting.SLOT, retry_at=None, due_at=due
    )


def admit(job: Job, now: datetime, actor: str) -> Job:
    """Returns the job in QUEUED, because a slot is free."""
    return queue(job, now, actor, "a slot is free")


def wait_for_gateway(job: Job, reason: str, wait: timedelta, now: datetime, actor: str) -> Job:
    """Returns the job in QUEUED, waiting for the gateway to work again. This counts neither as a try nor as
    an attempt.
    """
    step = change if job.status is JobStatus.QUEUED else queue
    return step(job, now, actor, reason, **gateway_wait(wait, now))


def gateway_wait(wait: timedelta, now: datetime) -> dict[str, Any]:
    """Returns the fields of a queued job that waits for the gateway and is tried again after `wait`."""
    retry_at = now + wait
    return {"waiting": Waiting.GATEWAY, "retry_at": retry_at, "due_at": retry_at + LOST_ENQUEUE}


# A failure names only this many policies; the guard decision has all.
MAX_NAMED_POLICIES = 5


def deny(job: Job, guard: GuardDecision, now: datetime, actor: str) -> Job:
    """Returns the queued job in FAILED, because the guard rails denied it."""
    blocking = (reason for reason in guard.reasons if reason.capability in (None, *guard.refused))
    named = [*{reason.policy: f"{reason.policy}: {reason.reason}" for reason in blocking}.values()]
    omitted = [f"and {len(named) - MAX_NAMED_POLICIES} more"] if len(named) > MAX_NAMED_POLICIES else []
    return fail(
        job,
        failed("denied", policies="; ".join(named[:MAX_NAMED_POLICIES] + omitted)),
        now,
        actor,
        guard=guard,
    )
