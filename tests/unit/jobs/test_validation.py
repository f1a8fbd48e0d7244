"""Validation: a job completes only if its gates passed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from mosaic.jobs import attempt, lifecycle, validation
from mosaic.jobs.errors import CommitMismatch, IllegalTransition, StaleAttempt, UnknownGate
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase, StepStatus
from mosaic.jobs.value_objects import Result

SHA = "a" * 40


def gate_report(gate: str, status: ReportedStatus, sha: str = SHA, **fields: Any) -> GateReport:
    return GateReport(gate_id=gate, status=status, commit_sha=sha, **fields)


def test_job_with_gates_waits_for_reports(validating: Callable[..., Job], now: datetime) -> None:
    job = validating("build", "test")
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.VALIDATION)
    assert job.due_at == job.expires_at
    assert job.due_at is not None
    assert (job.due_at - now).total_seconds() == 3600
    open_steps = [step.name for step in job.steps if step.status is StepStatus.RUNNING]
    assert open_steps == ["gate build", "gate test"]


def test_last_passed_gate_completes_job(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(
        validating("build", "test"), gate_report("build", GateStatus.PASSED), now, "token:ci"
    )
    assert job.status is JobStatus.RUNNING
    job = validation.apply_report(job, gate_report("test", GateStatus.PASSED), now, "token:ci")
    assert (job.status, job.commit_sha) == (JobStatus.COMPLETED, SHA)


def test_failed_gate_fails_job_and_is_named(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(
        validating("build", "test"), gate_report("test", GateStatus.FAILED), now, "token:ci"
    )
    assert job.error is not None
    assert (job.status, job.error.code) == (JobStatus.FAILED, "gate_failed")
    assert "test" in job.error.title
    assert "build" not in job.error.title


def test_gate_in_error_stays_open(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(
        validating("build"), gate_report("build", GateStatus.ERROR), now, "token:ci"
    )
    assert job.status is JobStatus.RUNNING
    assert (
        validation.apply_report(job, gate_report("build", GateStatus.PASSED), now, "token:ci").status
        is JobStatus.COMPLETED
    )


def test_early_reports_wait_for_end_of_run(running: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(running("build"), gate_report("build", GateStatus.PASSED), now, "token:ci")
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.EXECUTION)
    assert attempt.succeeded(job, "run-1", Result(), now, "openclaw").status is JobStatus.COMPLETED


def test_early_pass_then_error_leaves_gate_open(running: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(running("build"), gate_report("build", GateStatus.PASSED), now, "token:ci")
    job = validation.apply_report(job, gate_report("build", GateStatus.ERROR), now, "token:ci")
    job = attempt.succeeded(job, "run-1", Result(), now, "openclaw")
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.VALIDATION)
    assert job.due_at == job.expires_at


def test_early_failure_fails_job_at_end_of_run(running: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(running("build"), gate_report("build", GateStatus.FAILED), now, "token:ci")
    assert job.status is JobStatus.RUNNING
    assert attempt.succeeded(job, "run-1", Result(), now, "openclaw").status is JobStatus.FAILED


def test_repeated_report_changes_nothing(validating: Callable[..., Job], now: datetime) -> None:
    reported = validation.apply_report(
        validating("build", "test"), gate_report("build", GateStatus.PASSED), now, "token:ci"
    )
    assert (
        validation.apply_report(reported, gate_report("build", GateStatus.PASSED), now, "token:ci")
        is reported
    )


def test_all_gates_use_one_commit(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(
        validating("build", "test"), gate_report("build", GateStatus.PASSED), now, "token:ci"
    )
    with pytest.raises(CommitMismatch):
        validation.apply_report(job, gate_report("test", GateStatus.PASSED, "b" * 40), now, "token:ci")


def test_unknown_gate_lists_known_gates(validating: Callable[..., Job], now: datetime) -> None:
    with pytest.raises(UnknownGate, match="build"):
        validation.apply_report(validating("build"), gate_report("lint", GateStatus.PASSED), now, "token:ci")


def test_report_on_job_not_running_is_refused(queued: Job, now: datetime) -> None:
    with pytest.raises(IllegalTransition, match="QUEUED"):
        validation.apply_report(queued, gate_report("build", GateStatus.PASSED), now, "token:ci")


def test_expiry_fails_job_and_names_open_gates(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(
        validating("build", "test"), gate_report("build", GateStatus.PASSED), now, "token:ci"
    )
    job = validation.expire(job, now, "stitcher")
    assert job.error is not None
    assert (job.status, job.error.code) == (JobStatus.FAILED, "gate_timeout")
    assert "test" in job.error.title
    assert "build" not in job.error.title


def test_optional_gate_does_not_block_job(validating: Callable[..., Job], now: datetime) -> None:
    job = validating("build", "style")
    gates = tuple(gate.model_copy(update={"mandatory": gate.id == "build"}) for gate in job.gates)
    job = validation.apply_report(
        job.evolve(gates=gates), gate_report("style", GateStatus.FAILED), now, "token:ci"
    )
    assert job.status is JobStatus.RUNNING
    assert (
        validation.apply_report(job, gate_report("build", GateStatus.PASSED), now, "token:ci").status
        is JobStatus.COMPLETED
    )


# ------------------------------------------------------------------ deadlines


def timed(job: Job, now: datetime, **seconds: int) -> Job:
    """Returns `job` after its run ended, with these gate timeouts; a gate named `optional` is not mandatory."""
    gates = tuple(
        gate.model_copy(update={"timeout_seconds": seconds[gate.id], "mandatory": gate.id != "optional"})
        for gate in job.gates
    )
    return attempt.succeeded(job.evolve(gates=gates), "run-1", Result(), now, "openclaw")


def at(now: datetime, seconds: int) -> datetime:
    return now + timedelta(seconds=seconds)


def test_job_is_due_at_first_gate_deadline(running: Callable[..., Job], now: datetime) -> None:
    job = timed(running("build", "test"), now, build=60, test=600)
    assert [gate.expires_at for gate in job.gates] == [at(now, 60), at(now, 600)]
    assert job.due_at == job.expires_at == at(now, 60)
    job = validation.apply_report(job, gate_report("build", GateStatus.PASSED), now, "token:ci")
    assert (job.due_at, job.gates[0].expires_at) == (at(now, 600), None)
    late = validation.expire(job, at(now, 600), "stitcher")
    assert late.error is not None
    assert (late.error.code, late.error.title) == ("gate_timeout", "Gates not reported in time: test")


def test_expiry_names_only_expired_gates(running: Callable[..., Job], now: datetime) -> None:
    job = validation.expire(timed(running("build", "test"), now, build=60, test=600), at(now, 60), "stitcher")
    assert job.error is not None
    assert job.error.title == "Gates not reported in time: build"


def test_error_does_not_extend_gate_deadline(running: Callable[..., Job], now: datetime) -> None:
    job = timed(running("build"), now, build=60)
    job = validation.apply_report(job, gate_report("build", GateStatus.ERROR), at(now, 50), "token:ci")
    assert (job.status, job.due_at) == (JobStatus.RUNNING, at(now, 60))


def test_optional_gate_sets_no_job_deadline(running: Callable[..., Job], now: datetime) -> None:
    job = timed(running("build", "optional"), now, build=600, optional=60)
    assert job.due_at == at(now, 600)


def test_new_commit_and_restarted_check_renew_deadline(running: Callable[..., Job], now: datetime) -> None:
    job = timed(running("build", "test"), now, build=60, test=600)
    job = validation.apply_report(job, gate_report("build", GateStatus.PASSED), now, "token:ci")
    job = validation.pushed(job, SHA, "b" * 40, None, at(now, 300), "github")
    assert [gate.expires_at for gate in job.gates] == [at(now, 360), at(now, 900)]
    job = validation.apply_report(
        job, gate_report("build", GateStatus.PASSED, "b" * 40), at(now, 310), "token:ci"
    )
    restarted = gate_report("build", GateStatus.PENDING, "b" * 40)
    job = validation.apply_report(job, restarted, at(now, 320), "token:ci")
    assert (job.gates[0].status, job.gates[0].expires_at) == (GateStatus.PENDING, at(now, 380))


def test_gate_deadline_starts_at_end_of_run(running: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(running("build"), gate_report("build", GateStatus.ERROR), now, "token:ci")
    ended = timed(job, at(now, 900), build=60)
    assert ended.due_at == at(now, 960)


# ------------------------------------------------------------------ attempts and commits


def test_report_of_other_attempt_is_refused(validating: Callable[..., Job], now: datetime) -> None:
    job = validating("build")
    with pytest.raises(StaleAttempt):
        validation.apply_report(job, gate_report("build", GateStatus.PASSED, attempt=2), now, "token:ci")
    assert validation.apply_report(
        job, gate_report("build", GateStatus.PASSED, attempt=1), now, "token:ci"
    ).status is (JobStatus.COMPLETED)


def test_report_may_replace_commit(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(
        validating("build", "test"), gate_report("build", GateStatus.PASSED), now, "token:ci"
    )
    with pytest.raises(CommitMismatch):
        validation.apply_report(
            job, gate_report("test", GateStatus.PASSED, "b" * 40, replaces="c" * 40), now, "token:ci"
        )
    job = validation.apply_report(
        job, gate_report("test", GateStatus.PASSED, "b" * 40, replaces=SHA), now, "token:ci"
    )
    assert (job.commit_sha, [gate.status for gate in job.gates]) == (
        "b" * 40,
        [GateStatus.PENDING, GateStatus.PASSED],
    )


def test_earlier_commit_is_refused_while_run_goes_on(
    validating: Callable[..., Job], begin: Callable[..., Job], now: datetime
) -> None:
    failed = validation.apply_report(
        validating("build"), gate_report("build", GateStatus.FAILED), now, "token:ci"
    )
    retried = lifecycle.retry(failed, now, "token:ada", role="member")
    job = attempt.accepted(begin(retried, "build"), "run-2", False, now, "stitcher")
    with pytest.raises(CommitMismatch, match="a newer commit"):
        validation.apply_report(job, gate_report("build", GateStatus.PASSED), now, "token:ci")
    assert (
        validation.apply_report(
            job, gate_report("build", GateStatus.PASSED, attempt=2), now, "token:ci"
        ).commit_sha
        == SHA
    )
    ended = attempt.succeeded(job, "run-2", Result(), now, "openclaw")
    assert (
        validation.apply_report(ended, gate_report("build", GateStatus.PASSED), now, "token:ci").status
        is JobStatus.COMPLETED
    )
