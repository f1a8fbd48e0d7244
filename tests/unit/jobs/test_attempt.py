"""One attempt of a job at the gateway."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs import attempt, lifecycle, steps
from mosaic.jobs.check_versions import CheckVersion
from mosaic.jobs.gates import Gate
from mosaic.jobs.limits import MAX_OUTPUT_BYTES, MAX_RESULT_BYTES
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase, StepStatus
from mosaic.jobs.text import CUT_MARK, size
from mosaic.jobs.value_objects import Result


def test_dispatch_is_saved_before_gateway_call(queued: Job, begin: Callable[..., Job]) -> None:
    job = begin(queued, "build")
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.SETUP)
    assert attempt.awaits_acceptance(job)
    assert [(step.name, step.status) for step in job.steps] == [
        ("guard rails", StepStatus.COMPLETED),
        ("quality rails", StepStatus.COMPLETED),
        ("dispatch", StepStatus.RUNNING),
    ]


def test_acceptance_starts_agent_run(running: Callable[..., Job], now: datetime) -> None:
    job = running("build")
    assert (job.phase, job.due_at) == (Phase.EXECUTION, now + attempt.LOST_CALLBACK)
    assert [step.name for step in job.steps if step.status is StepStatus.RUNNING] == ["agent run"]


def test_known_run_is_reconciled_at_once(queued: Job, begin: Callable[..., Job], now: datetime) -> None:
    assert attempt.accepted(begin(queued), "run-1", True, now, "stitcher").due_at == now


def test_unreachable_gateway_keeps_dispatch(queued: Job, begin: Callable[..., Job], now: datetime) -> None:
    begun = begin(queued)
    waiting = attempt.unreachable(begun, "connection refused", 3, now, "stitcher")
    assert waiting.status is JobStatus.QUEUED
    assert waiting.dispatch is not None
    assert begun.dispatch is not None
    assert (waiting.dispatch.key, waiting.dispatch.at) == (begun.dispatch.key, begun.dispatch.at)
    assert waiting.retry_at == now + lifecycle.backoff(
        queued.id, 1, attempt.FIRST_BACKOFF, attempt.MAX_BACKOFF
    )


def test_tries_are_bounded_and_failure_has_remedy(
    queued: Job, begin: Callable[..., Job], now: datetime
) -> None:
    job = queued
    for _ in range(3):
        job = attempt.unreachable(begin(job), "connection refused", 3, now, "stitcher")
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert (job.error.code, job.error.retryable) == ("gateway_unavailable", True)
    assert "3 tries" in job.error.title
    assert job.error.remedy
    assert job.due_at == now, "the lost call may have reached the gateway"


@given(tries=st.integers(1, 60), job_id=st.text(min_size=1, max_size=26))
def test_backoff_grows_within_bounds(tries: int, job_id: str) -> None:
    usual = min(2.0 ** (tries - 1), 300.0)
    wait = lifecycle.backoff(job_id, tries, timedelta(seconds=1), timedelta(seconds=300))
    assert 0.75 * usual <= wait.total_seconds() <= 1.25 * usual


def test_busy_gateway_costs_no_try(queued: Job, begin: Callable[..., Job], now: datetime) -> None:
    waiting = attempt.busy(begin(queued), "rate limit", now + timedelta(seconds=40), None, now, "stitcher")
    assert (waiting.status, waiting.retry_at) == (JobStatus.QUEUED, now + timedelta(seconds=40))
    assert waiting.dispatch is not None
    assert waiting.dispatch.tries == 0


def test_reports_before_acceptance_count(queued: Job, begin: Callable[..., Job], now: datetime) -> None:
    begun = begin(queued, "build", "test")
    build, test = begun.gates
    failed = build.model_copy(
        update={"status": GateStatus.FAILED, "commit_sha": "c" * 40, "forge_version": CheckVersion(id=2)}
    )
    reported = begun.evolve(gates=(failed, test))
    waiting = attempt.busy(reported, "rate limit", now + timedelta(seconds=40), None, now, "stitcher")
    assert begin(waiting, "build", "test", "scan").gates == (failed, test, Gate(id="scan"))


def test_rescheduled_attempt_has_new_start_and_end(
    queued: Job, begin: Callable[..., Job], now: datetime
) -> None:
    later = now + timedelta(minutes=5)
    job = attempt.rescheduled(begin(queued), later, later, "stitcher")
    assert job.dispatch is not None
    assert job.dispatch.at == later
    assert job.dispatch.deadline == job.expires_at == later + timedelta(seconds=job.timeout_seconds)


def test_run_without_gates_completes_job(running: Callable[..., Job], now: datetime) -> None:
    job = attempt.succeeded(running(), "run-1", Result(summary="All quiet", tokens_input=11), now, "openclaw")
    assert (job.status, job.progress_percent, job.phase) == (JobStatus.COMPLETED, 100, None)
    assert job.steps[-1].tokens_input == 11


def test_end_before_acceptance_records_both(queued: Job, begin: Callable[..., Job], now: datetime) -> None:
    job = attempt.succeeded(begin(queued), "run-9", Result(), now, "openclaw")
    assert job.dispatch is not None
    assert (job.status, job.dispatch.scheduled_run_id, job.version) == (JobStatus.COMPLETED, "run-9", 3)


def test_completed_run_is_removed_after_late_calls(running: Callable[..., Job], now: datetime) -> None:
    job = attempt.succeeded(running(), "run-1", Result(), now, "openclaw")
    assert job.due_at == now + lifecycle.LATE_CALL_WINDOW


def test_failed_run_is_removed_at_once(running: Callable[..., Job], now: datetime) -> None:
    job = attempt.failed(running("build"), "run-1", Result(), "provider down", now, "openclaw")
    assert job.error is not None
    assert (job.status, job.error.code, job.due_at) == (JobStatus.FAILED, "run_failed", now)


def timed_out(job: Job, now: datetime, actor: str) -> Job:
    return attempt.timed_out(job, StepStatus.COMPLETED, "it is over", now, actor)


@pytest.mark.parametrize(
    ("end", "code"),
    [(timed_out, "timeout"), (attempt.lost, "run_lost")],
)
def test_run_without_end_fails_job(
    running: Callable[..., Job], now: datetime, end: Callable[[Job, datetime, str], Job], code: str
) -> None:
    job = end(running(), now, "stitcher")
    assert job.error is not None
    assert (job.status, job.error.code, job.error.retryable) == (JobStatus.FAILED, code, True)
    [agent_run] = [step for step in job.steps if step.name == steps.AGENT_RUN]
    assert agent_run.status is StepStatus.FAILED


def test_long_results_and_outputs_are_cut(running: Callable[..., Job], now: datetime) -> None:
    job = attempt.succeeded(running(), "run-1", Result(summary="é" * MAX_RESULT_BYTES), now, "openclaw")
    assert job.result is not None
    output = job.steps[-1].output or ""
    for text, limit in ((job.result.summary, MAX_RESULT_BYTES), (output, MAX_OUTPUT_BYTES)):
        assert text.endswith(CUT_MARK)
        assert size(text) <= limit


@pytest.mark.parametrize("stop", [StepStatus.COMPLETED, StepStatus.FAILED])
def test_stop_result_is_a_step(running: Callable[..., Job], now: datetime, stop: StepStatus) -> None:
    cancelled = lifecycle.cancel(running(), now, "token:bob")
    assert attempt.awaits_stop_result(cancelled)
    job = attempt.stopped(cancelled, stop, "the gateway's answer", now, "stitcher")
    step = job.steps[-1]
    assert (step.phase, step.status, step.output) == (Phase.CLEANUP, stop, "the gateway's answer")
    assert job.due_at is None


@pytest.mark.parametrize(("stop", "awaited"), [(StepStatus.COMPLETED, False), (StepStatus.FAILED, True)])
def test_unconfirmed_stop_is_recorded_later(
    running: Callable[..., Job], now: datetime, stop: StepStatus, awaited: bool
) -> None:
    job = attempt.timed_out(running(), stop, "the gateway's answer", now, "stitcher")
    assert job.error
    assert job.error.title.endswith("the gateway's answer")
    assert attempt.awaits_stop_result(job) is awaited
    confirmed = attempt.stopped(job, StepStatus.COMPLETED, "it is over", now, "stitcher")
    [step] = [step for step in confirmed.steps if step.phase is Phase.CLEANUP]
    assert (step.status, step.output) == (StepStatus.COMPLETED, "it is over")


def test_late_run_gets_full_timeout(running: Callable[..., Job], now: datetime) -> None:
    until = now + timedelta(hours=1)
    job = attempt.started_late(running(), until, now, "stitcher")
    assert job.dispatch
    assert job.dispatch.deadline == job.expires_at == job.due_at == until


@pytest.mark.parametrize(
    ("end", "retries"),
    [
        (lambda job, now: attempt.failed(job, "run-1", Result(), "provider down", now, "openclaw"), True),
        (lambda job, now: attempt.lost(job, now, "stitcher"), True),
        (lambda job, now: timed_out(job, now, "stitcher"), False),
    ],
)
def test_transient_failure_is_retried_max_attempts(
    running: Callable[..., Job], now: datetime, end: Callable[[Job, datetime], Job], retries: bool
) -> None:
    job = end(running("build").evolve(max_attempts=2), now)
    if not retries:
        assert (job.status, job.attempt) == (JobStatus.FAILED, 1)
        return
    assert (job.status, job.attempt, job.error) == (JobStatus.QUEUED, 2, None)
    assert job.retry_at is not None
    assert job.retry_at > now
    assert [handle.id for handle in job.earlier_runs] == ["run-1"], "the gateway must not retry it as well"
    assert end(job.evolve(attempt=2, **_as_running(running())), now).status is JobStatus.FAILED


def _as_running(job: Job) -> dict[str, object]:
    return {"status": job.status, "phase": job.phase, "steps": job.steps, "dispatch": job.dispatch}
