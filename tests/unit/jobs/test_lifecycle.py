"""State changes of a job: create, cancel, retry, deny."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from mosaic.jobs import lifecycle
from mosaic.jobs.errors import IllegalTransition, InputTooLarge, TooManyAttempts
from mosaic.jobs.limits import MAX_INPUT_BYTES
from mosaic.jobs.model import Draft, Job
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import Decision, JobStatus, StepStatus, Waiting
from mosaic.jobs.value_objects import GuardDecision, Reason


def test_only_completed_has_no_transition() -> None:
    assert set(lifecycle.TRANSITIONS) == set(JobStatus)
    assert {status for status, after in lifecycle.TRANSITIONS.items() if not after} == {JobStatus.COMPLETED}
    assert {JobStatus.PENDING, JobStatus.QUEUED, JobStatus.RUNNING} == lifecycle.CANCELLABLE
    assert {JobStatus.FAILED, JobStatus.CANCELLED} == lifecycle.RETRYABLE


@pytest.mark.parametrize("before", JobStatus)
@pytest.mark.parametrize("after", JobStatus)
def test_move_follows_transition_table(
    queued: Job, now: datetime, before: JobStatus, after: JobStatus
) -> None:
    job = queued.evolve(status=before)
    if after in lifecycle.TRANSITIONS[before]:
        moved = lifecycle.move(job, after, now, "ada")
        assert (moved.status, moved.version) == (after, job.version + 1)
    else:
        with pytest.raises(IllegalTransition):
            lifecycle.move(job, after, now, "ada")


def test_new_job_is_queued_and_due(queued: Job, now: datetime) -> None:
    assert (queued.status, queued.version, queued.attempt) == (JobStatus.QUEUED, 1, 1)
    assert queued.due_at == now + lifecycle.LOST_ENQUEUE


def test_delayed_job_is_pending_until_run_at(draft: Callable[..., Draft], now: datetime) -> None:
    later = now + timedelta(hours=1)
    job = lifecycle.create(draft(run_at=later), "J", now)
    assert (job.status, job.waiting, job.due_at, job.queued_at) == (
        JobStatus.PENDING,
        Waiting.DELAY,
        later,
        None,
    )
    released = lifecycle.release(job, later, "stitcher")
    assert (released.status, released.waiting, released.queued_at) == (JobStatus.QUEUED, None, later)


def test_past_run_at_does_not_delay(draft: Callable[..., Draft], now: datetime) -> None:
    assert lifecycle.create(draft(run_at=now), "J", now).status is JobStatus.QUEUED


@pytest.mark.parametrize("text", ["x" * (MAX_INPUT_BYTES + 1), "😀" * (MAX_INPUT_BYTES // 4 + 1)])
def test_input_is_limited_in_bytes(draft: Callable[..., Draft], now: datetime, text: str) -> None:
    with pytest.raises(InputTooLarge, match="instructions"):
        lifecycle.create(draft(instructions=text), "J", now)


def test_cancel_ends_job_and_running_steps(running: Callable[..., Job], now: datetime) -> None:
    job = lifecycle.cancel(running("build"), now, "token:bob", "not needed")
    assert (job.status, job.change.actor, job.change.reason) == (
        JobStatus.CANCELLED,
        "token:bob",
        "not needed",
    )
    assert [step.status for step in job.steps if step.name == "agent run"] == [StepStatus.SKIPPED]
    assert job.due_at == now, "the gateway still has the run"


def test_cancel_before_dispatch_leaves_nothing_due(queued: Job, now: datetime) -> None:
    assert lifecycle.cancel(queued, now, "token:bob").due_at is None


def test_second_cancel_changes_nothing(queued: Job, now: datetime) -> None:
    once = lifecycle.cancel(queued, now, "token:bob")
    assert lifecycle.cancel(once, now, "token:eve") is once


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED])
def test_ended_job_cannot_be_cancelled(queued: Job, now: datetime, status: JobStatus) -> None:
    with pytest.raises(IllegalTransition, match=status):
        lifecycle.cancel(queued.evolve(status=status), now, "token:bob")


def test_retry_starts_next_attempt_without_reports(validating: Callable[..., Job], now: datetime) -> None:
    failed = lifecycle.cancel(validating("build"), now, "token:bob")
    retried = lifecycle.retry(failed, now, "token:bob", "Try harder", role="member")
    assert (retried.status, retried.attempt, retried.instructions) == (JobStatus.QUEUED, 2, "Try harder")
    assert (retried.guard, retried.gates, retried.result, retried.error, retried.dispatch) == (
        None,
        (),
        None,
        None,
        None,
    )
    assert retried.steps == failed.steps, "history is kept"
    assert [handle.id for handle in retried.earlier_runs] == ["run-1"], "the old run is still to be removed"


def test_changed_instructions_are_trusted(draft: Callable[..., Draft], now: datetime) -> None:
    job = lifecycle.create(draft(instructions_untrusted=True), "J", now)
    ended = lifecycle.cancel(job, now, "token:bob")
    assert lifecycle.retry(ended, now, "token:bob", role="member").instructions_untrusted
    assert not lifecycle.retry(ended, now, "token:bob", "Mine", role="member").instructions_untrusted


def test_retry_adds_a_requester(queued: Job, now: datetime) -> None:
    ended = lifecycle.cancel(queued, now, "token:bob")
    plain = lifecycle.retry(ended, now, "token:bob", role="member")
    assert plain.requesters == {"token:ada", "token:bob"}
    changed = lifecycle.retry(ended, now, "token:bob", "Mine", role="member")
    again = lifecycle.retry(lifecycle.cancel(changed, now, "token:eve"), now, "token:eve", role="member")
    assert again.requesters == {"token:ada", "token:bob", "token:eve"}
    assert (again.instructions_by, again.retried_by) == ("token:bob", ("token:bob", "token:eve"))


ROLES: tuple[RequesterRole, ...] = ("guest", "member", "admin")


@pytest.mark.parametrize("retrier", ROLES)
@pytest.mark.parametrize("requester", [*ROLES, None])
def test_retry_runs_in_the_lower_role(
    queued: Job, now: datetime, requester: RequesterRole | None, retrier: RequesterRole
) -> None:
    job = queued.evolve(source=queued.source.model_copy(update={"role": requester}))
    retried = lifecycle.retry(lifecycle.cancel(job, now, "token:bob"), now, "token:bob", role=retrier)
    assert retried.source.role == min(requester or "member", retrier, key=ROLES.index)
    assert retried.source.actor == "token:ada"


def test_instructions_from_a_forge_are_untrusted(queued: Job, now: datetime) -> None:
    ended = lifecycle.cancel(queued, now, "token:bob")
    assert not lifecycle.retry(
        ended, now, "github:bob", role="guest", untrusted=True
    ).instructions_untrusted, "the instructions are unchanged"
    assert lifecycle.retry(
        ended, now, "github:bob", "Mine", role="guest", untrusted=True
    ).instructions_untrusted


def test_retries_are_bounded(queued: Job, now: datetime) -> None:
    worn = queued.evolve(status=JobStatus.FAILED, attempt=lifecycle.MAX_ATTEMPTS)
    with pytest.raises(TooManyAttempts):
        lifecycle.retry(worn, now, "token:bob", role="member")


def test_denial_names_policies(queued: Job, now: datetime) -> None:
    guard = GuardDecision(
        decision=Decision.DENY, reasons=(Reason(policy="base.x", reason="no"),), policy_set="sha256:0"
    )
    job = lifecycle.deny(queued, guard, now, "stitcher")
    assert job.error is not None
    assert (job.status, job.error.code) == (JobStatus.FAILED, "denied")
    assert "base.x" in job.error.title
