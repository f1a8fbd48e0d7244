"""Completed means proven."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from mosaic.jobs import proof, run
from mosaic.jobs.errors import CommitMismatch, IllegalTransition, UnknownGate
from mosaic.jobs.model import Job
from mosaic.jobs.parts import Result
from mosaic.jobs.states import GateStatus, JobStatus, Phase, StepStatus
from mosaic.jobs.verdict import Found, GateReport

SHA = "a" * 40


def said(gate: str, status: Found, sha: str = SHA, **fields: Any) -> GateReport:
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
    job = proof.report(validating("build", "test"), said("build", GateStatus.PASSED), now, "token:ci")
    assert job.status is JobStatus.RUNNING
    job = proof.report(job, said("test", GateStatus.PASSED), now, "token:ci")
    assert (job.status, job.commit_sha) == (JobStatus.COMPLETED, SHA)


def test_one_failure_fails_the_job_and_is_named(validating: Callable[..., Job], now: datetime) -> None:
    job = proof.report(validating("build", "test"), said("test", GateStatus.FAILED), now, "token:ci")
    assert job.error is not None
    assert (job.status, job.error.code) == (JobStatus.FAILED, "gate_failed")
    assert "test" in job.error.title
    assert "build" not in job.error.title


def test_a_gate_that_could_not_run_proves_nothing_and_may_be_reported_again(
    validating: Callable[..., Job], now: datetime
) -> None:
    job = proof.report(validating("build"), said("build", GateStatus.ERROR), now, "token:ci")
    assert job.status is JobStatus.RUNNING
    assert proof.report(job, said("build", GateStatus.PASSED), now, "token:ci").status is JobStatus.COMPLETED


def test_reports_before_the_run_ends_wait_for_its_end(running: Callable[..., Job], now: datetime) -> None:
    job = proof.report(running("build"), said("build", GateStatus.PASSED), now, "token:ci")
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.EXECUTION)
    assert run.succeeded(job, "run-1", Result(), now, "openclaw").status is JobStatus.COMPLETED


def test_a_pass_that_became_an_error_before_the_end_leaves_the_gate_open(
    running: Callable[..., Job], now: datetime
) -> None:
    job = proof.report(running("build"), said("build", GateStatus.PASSED), now, "token:ci")
    job = proof.report(job, said("build", GateStatus.ERROR), now, "token:ci")
    job = run.succeeded(job, "run-1", Result(), now, "openclaw")
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.VALIDATION)
    assert job.due_at == job.expires_at


def test_a_failure_before_the_end_fails_the_job_at_its_end(
    running: Callable[..., Job], now: datetime
) -> None:
    job = proof.report(running("build"), said("build", GateStatus.FAILED), now, "token:ci")
    assert job.status is JobStatus.RUNNING
    assert run.succeeded(job, "run-1", Result(), now, "openclaw").status is JobStatus.FAILED


def test_the_same_report_twice_is_one(validating: Callable[..., Job], now: datetime) -> None:
    once = proof.report(validating("build", "test"), said("build", GateStatus.PASSED), now, "token:ci")
    assert proof.report(once, said("build", GateStatus.PASSED), now, "token:ci") is once


def test_all_gates_are_judged_on_one_commit(validating: Callable[..., Job], now: datetime) -> None:
    job = proof.report(validating("build", "test"), said("build", GateStatus.PASSED), now, "token:ci")
    with pytest.raises(CommitMismatch):
        proof.report(job, said("test", GateStatus.PASSED, "b" * 40), now, "token:ci")


def test_a_gate_that_the_job_lacks_is_named_with_those_it_has(
    validating: Callable[..., Job], now: datetime
) -> None:
    with pytest.raises(UnknownGate, match="build"):
        proof.report(validating("build"), said("lint", GateStatus.PASSED), now, "token:ci")


def test_nothing_is_reported_on_a_job_that_does_not_run(queued: Job, now: datetime) -> None:
    with pytest.raises(IllegalTransition, match="QUEUED"):
        proof.report(queued, said("build", GateStatus.PASSED), now, "token:ci")


def test_silence_fails_the_job_naming_the_open_gates(validating: Callable[..., Job], now: datetime) -> None:
    job = proof.report(validating("build", "test"), said("build", GateStatus.PASSED), now, "token:ci")
    job = proof.expire(job, now, "stitcher")
    assert job.error is not None
    assert (job.status, job.error.code) == (JobStatus.FAILED, "gate_timeout")
    assert "test" in job.error.title
    assert "build" not in job.error.title


def test_a_gate_that_is_not_mandatory_holds_nothing_up(validating: Callable[..., Job], now: datetime) -> None:
    job = validating("build", "style")
    gates = tuple(gate.model_copy(update={"mandatory": gate.id == "build"}) for gate in job.gates)
    job = proof.report(job.evolve(gates=gates), said("style", GateStatus.FAILED), now, "token:ci")
    assert job.status is JobStatus.RUNNING
    assert proof.report(job, said("build", GateStatus.PASSED), now, "token:ci").status is JobStatus.COMPLETED
