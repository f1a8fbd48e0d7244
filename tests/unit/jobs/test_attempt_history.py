"""The records that a job keeps of its attempts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.jobs import attempt, attempt_history, lifecycle, overrides, steps, validation
from mosaic.jobs.attempt_records import Cancelled
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.gates import Gate
from mosaic.jobs.limits import (
    MAX_ATTEMPT_BYTES,
    MAX_DETAILS_BYTES,
    MAX_INPUT_BYTES,
    MAX_OUTPUT_BYTES,
    MAX_RESULT_BYTES,
)
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase, StepStatus, StepType
from mosaic.jobs.value_objects import Result

SHA = "a" * 40
LATER = timedelta(minutes=5)


def report(job: Job, gate: str, status: GateStatus, now: datetime) -> Job:
    report = GateReport.model_validate(
        {"gate_id": gate, "status": status, "commit_sha": SHA, "details": "3 errors"}
    )
    return validation.apply_report(job, report, now, "token:ci")


def test_retry_keeps_attempt_record(validating: Callable[..., Job], now: datetime) -> None:
    ended = report(validating("lint", "test"), "lint", GateStatus.FAILED, now + LATER)
    retried = lifecycle.retry(ended, now + 2 * LATER, "token:ada", role="member")
    [past] = retried.past_attempts
    assert (past.attempt, past.status, past.commit_sha, past.error) == (1, JobStatus.FAILED, SHA, ended.error)
    assert (past.queued_at, past.started_at, past.completed_at) == (now, now, now + LATER)
    assert [(gate.id, gate.status, gate.details) for gate in past.gates] == [
        ("lint", GateStatus.FAILED, "3 errors"),
        ("test", GateStatus.PENDING, None),
    ]


def test_automatic_retry_keeps_the_failure(running: Callable[..., Job], now: datetime) -> None:
    job = running("lint").evolve(max_attempts=2)
    retried = attempt.failed(job, "run-1", Result(), "boom", now + LATER, "openclaw")
    [past] = retried.past_attempts
    assert (retried.status, retried.attempt, retried.error) == (JobStatus.QUEUED, 2, None)
    assert past.error is not None
    assert (past.status, past.error.code, past.completed_at) == (JobStatus.FAILED, "run_failed", now + LATER)


def test_cancelled_job_has_actor_and_reason(running: Callable[..., Job], now: datetime) -> None:
    job = lifecycle.cancel(running(), now, "token:bob", "not needed")
    by = Cancelled(by="token:bob", reason="not needed", at=now)
    assert job.cancelled == job.view().cancelled == by
    retried = lifecycle.retry(job, now, "token:ada", role="member")
    [past] = retried.past_attempts
    assert (retried.cancelled, past.status, past.cancelled) == (None, JobStatus.CANCELLED, by)


def test_attempts_include_past_and_current(running: Callable[..., Job], now: datetime) -> None:
    used = Result(tokens_input=7, tokens_output=2, model="m1")
    job = attempt.failed(running(), "run-1", used, "boom", now, "openclaw")
    first, second = attempt_history.attempts(lifecycle.retry(job, now, "token:ada", role="member"))
    assert (first.attempt, first.status, first.model, first.tokens) == (1, JobStatus.FAILED, "m1", 9)
    assert (second.attempt, second.status, second.tokens) == (2, JobStatus.QUEUED, 0)


def test_old_stored_attempts_have_no_status(running: Callable[..., Job], now: datetime) -> None:
    job = attempt.failed(running(), "run-1", Result(tokens_input=7), "boom", now, "openclaw")
    old = lifecycle.retry(job, now, "token:ada", role="member").model_dump(
        by_alias=True, exclude={"past_attempts"}
    )
    first, second = attempt_history.attempts(Job.model_validate(old))
    assert (first.attempt, first.status, first.tokens_input) == (1, None, 7)
    assert (second.attempt, second.status) == (2, JobStatus.QUEUED)


def test_override_ends_same_attempt(validating: Callable[..., Job], now: datetime) -> None:
    ended = report(validating("lint"), "lint", GateStatus.FAILED, now)
    overridden = overrides.force(
        ended, overrides.OverrideRequest(gate_id="lint", reason="flaky"), now, "token:root"
    )
    [only] = attempt_history.attempts(overridden)
    assert (only.status, only.error, only.gates[0].reason) == (JobStatus.COMPLETED, None, "flaky")


def gates() -> tuple[Gate, ...]:
    return tuple(
        Gate(
            id=f"{'g' * 62}{index:02}",
            status=GateStatus.ERROR,
            reported_by="token:" + "c" * 200,
            commit_sha="f" * 64,
            url="https://" + "u" * 240,
            details="\n" * (MAX_DETAILS_BYTES // 2),
            numbers={f"{'n' * 62}{number}": 123456789012345.6 for number in range(10)},
        )
        for index in range(20)
    )


def test_job_with_fifteen_attempts_fits_an_item(
    running: Callable[..., Job], begin: Callable[..., Job], now: datetime
) -> None:
    job = running().evolve(instructions="\n" * (MAX_INPUT_BYTES // 2))
    for attempt_number in range(1, lifecycle.MAX_ATTEMPTS + 1):
        job_steps = job.steps
        for number in range(9):
            name = f"{attempt_number}.{number}" + "s" * 90
            job_steps = steps.started(job_steps, attempt_number, Phase.EXECUTION, StepType.COMMAND, name, now)
            job_steps = steps.ended(
                job_steps, attempt_number, name, StepStatus.COMPLETED, now, "\x00" * MAX_OUTPUT_BYTES
            )
        full = job.evolve(gates=gates(), steps=job_steps, commit_sha="f" * 64)
        if attempt_number == lifecycle.MAX_ATTEMPTS:
            ended = attempt.succeeded(full, "run-1", Result(summary="\n" * MAX_RESULT_BYTES), now, "openclaw")
            break
        if attempt_number % 2:
            ended = attempt.failed(full, "run-1", Result(), "\x00" * 500, now, "openclaw")
        else:
            ended = lifecycle.cancel(full, now, "token:" + "c" * 200, "\x00" * 4096)
        job = attempt.accepted(
            begin(lifecycle.retry(ended, now, "token:ada", role="member")), "run-1", False, now, "stitcher"
        )
    assert len(ended.past_attempts) == lifecycle.MAX_ATTEMPTS - 1
    sizes = [len(past.model_dump_json(by_alias=True, exclude_none=True)) for past in ended.past_attempts]
    assert max(sizes) <= MAX_ATTEMPT_BYTES
    whole = len(ended.model_dump_json(by_alias=True, exclude_none=True))
    assert whole < 360 * 1024
