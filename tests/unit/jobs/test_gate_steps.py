"""The steps of an attempt's gates when the job fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.jobs import attempt, lifecycle, overrides, validation
from mosaic.jobs.failures import failed
from mosaic.jobs.gate_evaluation import GateReport
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, StepStatus

SHA = "a" * 40


def report(job: Job, gate: str, status: GateStatus, now: datetime) -> Job:
    gate_report = GateReport.model_validate({"gate_id": gate, "status": status, "commit_sha": SHA})
    return validation.apply_report(job, gate_report, now, "token:ci")


def statuses(job: Job) -> dict[str, StepStatus]:
    return {step.name: step.status for step in job.steps}


def test_open_gates_of_failed_job_are_skipped(validating: Callable[..., Job], now: datetime) -> None:
    ended = statuses(report(validating("lint", "test"), "lint", GateStatus.FAILED, now))
    assert (ended["gate lint"], ended["gate test"]) == (StepStatus.FAILED, StepStatus.SKIPPED)


def test_expired_gates_are_skipped(validating: Callable[..., Job], now: datetime) -> None:
    ended = statuses(validation.expire(validating("lint", "test"), now + timedelta(hours=2), "stitcher"))
    assert (ended["gate lint"], ended["gate test"]) == (StepStatus.SKIPPED, StepStatus.SKIPPED)


def test_running_steps_of_failed_job_fail(running: Callable[..., Job], now: datetime) -> None:
    reported = report(running("lint", "test"), "lint", GateStatus.ERROR, now)
    failed_job = lifecycle.fail(reported, failed("dead_lettered", tries=3), now, "dead-letter")
    assert statuses(failed_job)["agent run"] is StepStatus.FAILED
    assert statuses(failed_job)["gate lint"] is StepStatus.SKIPPED


def test_gates_of_failed_attempt_are_skipped(running: Callable[..., Job], now: datetime) -> None:
    job = report(running("lint", "test").evolve(max_attempts=2), "lint", GateStatus.ERROR, now)
    retried = attempt.lost(job, now, "stitcher")
    assert retried.attempt == 2
    assert statuses(retried)["gate lint"] is StepStatus.SKIPPED


def test_override_reopens_skipped_gates(validating: Callable[..., Job], now: datetime) -> None:
    ended = report(validating("lint", "test"), "lint", GateStatus.FAILED, now)
    open_again = overrides.force(
        ended, overrides.OverrideRequest(gate_id="lint", reason="flaky"), now, "token:root"
    )
    assert open_again.status is JobStatus.RUNNING
    assert statuses(open_again)["gate lint"] is StepStatus.COMPLETED
    assert statuses(open_again)["gate test"] is StepStatus.RUNNING
    completed = report(open_again, "test", GateStatus.PASSED, now)
    assert (completed.status, statuses(completed)["gate test"]) == (JobStatus.COMPLETED, StepStatus.COMPLETED)
