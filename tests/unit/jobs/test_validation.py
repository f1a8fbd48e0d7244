"""Completed means proven."""

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


def said(gate: str, status: ReportedStatus, sha: str = SHA, **fields: Any) -> GateReport:
    return GateReport(gate_id=gate, status=status, commit_sha=sha, **fields)


def test_a_run_with_gates_waits_for_their_reports(validating: Callable[..., Job], now: datetime) -> None:
    job = validating("build", "test")
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.VALIDATION)
    assert job.due_at == job.expires_at
    assert job.due_at is not None
    assert (job.due_at - now).total_seconds() == 3600
    open_steps = [step.name for step in job.steps if step.status is StepStatus.RUNNING]
    assert open_steps == ["gate build", "gate test"]


def test_the_last_pass_completes_the_job(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(validating("build", "test"), said("build", GateStatus.PASSED), now, "token:ci")
    assert job.status is JobStatus.RUNNING
    job = validation.apply_report(job, said("test", GateStatus.PASSED), now, "token:ci")
    assert (job.status, job.commit_sha) == (JobStatus.COMPLETED, SHA)


def test_one_failure_fails_the_job_and_is_named(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(validating("build", "test"), said("test", GateStatus.FAILED), now, "token:ci")
    assert job.error is not None
    assert (job.status, job.error.code) == (JobStatus.FAILED, "gate_failed")
    assert "test" in job.error.title
    assert "build" not in job.error.title


def test_a_gate_that_could_not_run_proves_nothing_and_may_be_reported_again(
    validating: Callable[..., Job], now: datetime
) -> None:
    job = validation.apply_report(validating("build"), said("build", GateStatus.ERROR), now, "token:ci")
    assert job.status is JobStatus.RUNNING
    assert (
        validation.apply_report(job, said("build", GateStatus.PASSED), now, "token:ci").status
        is JobStatus.COMPLETED
    )


def test_reports_before_the_run_ends_wait_for_its_end(running: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(running("build"), said("build", GateStatus.PASSED), now, "token:ci")
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.EXECUTION)
    assert attempt.succeeded(job, "run-1", Result(), now, "openclaw").status is JobStatus.COMPLETED


def test_a_pass_that_became_an_error_before_the_end_leaves_the_gate_open(
    running: Callable[..., Job], now: datetime
) -> None:
    job = validation.apply_report(running("build"), said("build", GateStatus.PASSED), now, "token:ci")
    job = validation.apply_report(job, said("build", GateStatus.ERROR), now, "token:ci")
    job = attempt.succeeded(job, "run-1", Result(), now, "openclaw")
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.VALIDATION)
    assert job.due_at == job.expires_at


def test_a_failure_before_the_end_fails_the_job_at_its_end(
    running: Callable[..., Job], now: datetime
) -> None:
    job = validation.apply_report(running("build"), said("build", GateStatus.FAILED), now, "token:ci")
    assert job.status is JobStatus.RUNNING
    assert attempt.succeeded(job, "run-1", Result(), now, "openclaw").status is JobStatus.FAILED


def test_the_same_report_twice_is_one(validating: Callable[..., Job], now: datetime) -> None:
    once = validation.apply_report(validating("build", "test"), said("build", GateStatus.PASSED), now, "token:ci")
    assert validation.apply_report(once, said("build", GateStatus.PASSED), now, "token:ci") is once


def test_all_gates_are_judged_on_one_commit(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(validating("build", "test"), said("build", GateStatus.PASSED), now, "token:ci")
    with pytest.raises(CommitMismatch):
        validation.apply_report(job, said("test", GateStatus.PASSED, "b" * 40), now, "token:ci")


def test_a_gate_that_the_job_lacks_is_named_with_those_it_has(
    validating: Callable[..., Job], now: datetime
) -> None:
    with pytest.raises(UnknownGate, match="build"):
        validation.apply_report(validating("build"), said("lint", GateStatus.PASSED), now, "token:ci")


def test_nothing_is_reported_on_a_job_that_does_not_run(queued: Job, now: datetime) -> None:
    with pytest.raises(IllegalTransition, match="QUEUED"):
        validation.apply_report(queued, said("build", GateStatus.PASSED), now, "token:ci")


def test_silence_fails_the_job_naming_the_open_gates(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(validating("build", "test"), said("build", GateStatus.PASSED), now, "token:ci")
    job = validation.expire(job, now, "stitcher")
    assert job.error is not None
    assert (job.status, job.error.code) == (JobStatus.FAILED, "gate_timeout")
    assert "test" in job.error.title
    assert "build" not in job.error.title


def test_a_gate_that_is_not_mandatory_holds_nothing_up(validating: Callable[..., Job], now: datetime) -> None:
    job = validating("build", "style")
    gates = tuple(gate.model_copy(update={"mandatory": gate.id == "build"}) for gate in job.gates)
    job = validation.apply_report(job.evolve(gates=gates), said("style", GateStatus.FAILED), now, "token:ci")
    assert job.status is JobStatus.RUNNING
    assert (
        validation.apply_report(job, said("build", GateStatus.PASSED), now, "token:ci").status
        is JobStatus.COMPLETED
    )


# ------------------------------------------------------------------ time


def timed(job: Job, now: datetime, **seconds: int) -> Job:
    """`job` as its run ends, with gates that have this much time; one named `optional` is not mandatory."""
    gates = tuple(
        gate.model_copy(update={"timeout_seconds": seconds[gate.id], "mandatory": gate.id != "optional"})
        for gate in job.gates
    )
    return attempt.succeeded(job.evolve(gates=gates), "run-1", Result(), now, "openclaw")


def at(now: datetime, seconds: int) -> datetime:
    return now + timedelta(seconds=seconds)


def test_each_gate_has_its_own_time_and_the_job_is_due_at_the_first(
    running: Callable[..., Job], now: datetime
) -> None:
    job = timed(running("build", "test"), now, build=60, test=600)
    assert [gate.expires_at for gate in job.gates] == [at(now, 60), at(now, 600)]
    assert job.due_at == job.expires_at == at(now, 60)
    job = validation.apply_report(job, said("build", GateStatus.PASSED), now, "token:ci")
    assert (job.due_at, job.gates[0].expires_at) == (at(now, 600), None)
    late = validation.expire(job, at(now, 600), "stitcher")
    assert late.error is not None
    assert (late.error.code, late.error.title) == ("gate_timeout", "Gates not reported in time: test")


def test_only_the_gates_whose_time_is_over_are_named(running: Callable[..., Job], now: datetime) -> None:
    job = validation.expire(timed(running("build", "test"), now, build=60, test=600), at(now, 60), "stitcher")
    assert job.error is not None
    assert job.error.title == "Gates not reported in time: build"


def test_a_gate_that_could_not_be_judged_has_no_more_time_for_it(
    running: Callable[..., Job], now: datetime
) -> None:
    job = timed(running("build"), now, build=60)
    job = validation.apply_report(job, said("build", GateStatus.ERROR), at(now, 50), "token:ci")
    assert (job.status, job.due_at) == (JobStatus.RUNNING, at(now, 60))


def test_a_gate_that_is_not_mandatory_has_no_deadline_for_the_job(
    running: Callable[..., Job], now: datetime
) -> None:
    job = timed(running("build", "optional"), now, build=600, optional=60)
    assert job.due_at == at(now, 600)


def test_a_newer_commit_and_a_check_that_begins_again_have_their_whole_time(
    running: Callable[..., Job], now: datetime
) -> None:
    job = timed(running("build", "test"), now, build=60, test=600)
    job = validation.apply_report(job, said("build", GateStatus.PASSED), now, "token:ci")
    job = validation.pushed(job, SHA, "b" * 40, None, at(now, 300), "github")
    assert [gate.expires_at for gate in job.gates] == [at(now, 360), at(now, 900)]
    job = validation.apply_report(job, said("build", GateStatus.PASSED, "b" * 40), at(now, 310), "token:ci")
    again = said("build", GateStatus.PENDING, "b" * 40)
    job = validation.apply_report(job, again, at(now, 320), "token:ci")
    assert (job.gates[0].status, job.gates[0].expires_at) == (GateStatus.PENDING, at(now, 380))


def test_a_report_before_the_end_of_the_run_takes_no_time(running: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(running("build"), said("build", GateStatus.ERROR), now, "token:ci")
    ended = timed(job, at(now, 900), build=60)
    assert ended.due_at == at(now, 960)


# ------------------------------------------------------------------ which report


def test_a_report_of_another_attempt_is_none_of_this_one(
    validating: Callable[..., Job], now: datetime
) -> None:
    job = validating("build")
    with pytest.raises(StaleAttempt):
        validation.apply_report(job, said("build", GateStatus.PASSED, attempt=2), now, "token:ci")
    assert validation.apply_report(job, said("build", GateStatus.PASSED, attempt=1), now, "token:ci").status is (
        JobStatus.COMPLETED
    )


def test_a_report_may_say_which_commit_it_replaces(validating: Callable[..., Job], now: datetime) -> None:
    job = validation.apply_report(validating("build", "test"), said("build", GateStatus.PASSED), now, "token:ci")
    with pytest.raises(CommitMismatch):
        validation.apply_report(job, said("test", GateStatus.PASSED, "b" * 40, replaces="c" * 40), now, "token:ci")
    job = validation.apply_report(job, said("test", GateStatus.PASSED, "b" * 40, replaces=SHA), now, "token:ci")
    assert (job.commit_sha, [gate.status for gate in job.gates]) == (
        "b" * 40,
        [GateStatus.PENDING, GateStatus.PASSED],
    )


def test_an_earlier_attempts_commit_is_not_named_while_the_run_goes_on(
    validating: Callable[..., Job], begin: Callable[..., Job], now: datetime
) -> None:
    failed = validation.apply_report(validating("build"), said("build", GateStatus.FAILED), now, "token:ci")
    retried = lifecycle.retry(failed, now, "token:ada")
    job = attempt.accepted(begin(retried, "build"), "run-2", False, now, "stitcher")
    with pytest.raises(CommitMismatch, match="a newer commit"):
        validation.apply_report(job, said("build", GateStatus.PASSED), now, "token:ci")
    assert (
        validation.apply_report(job, said("build", GateStatus.PASSED, attempt=2), now, "token:ci").commit_sha == SHA
    )
    ended = attempt.succeeded(job, "run-2", Result(), now, "openclaw")
    assert (
        validation.apply_report(ended, said("build", GateStatus.PASSED), now, "token:ci").status
        is JobStatus.COMPLETED
    )
