"""Gate overrides by an admin, before and after the gates failed the job."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from mosaic.jobs import attempt, lifecycle, overrides, validation
from mosaic.jobs.errors import CommitMismatch, IllegalTransition, StaleAttempt, UnknownGate
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus
from mosaic.jobs.limits import MAX_OVERRIDES
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase
from mosaic.jobs.value_objects import Result

SHA, OTHER = "a" * 40, "b" * 40


def report(
    job: Job, gate: str, now: datetime, status: ReportedStatus = GateStatus.PASSED, sha: str = SHA
) -> Job:
    return validation.apply_report(
        job, GateReport(gate_id=gate, status=status, commit_sha=sha), now, "token:ci"
    )


def force(job: Job, gate: str, now: datetime, reason: str = "the runner is broken", **more: object) -> Job:
    request = overrides.OverrideRequest.model_validate({"gate_id": gate, "reason": reason, **more})
    return overrides.force(job, request, now, "token:root")


def test_override_records_actor_and_reason(validating: Callable[..., Job], now: datetime) -> None:
    job = force(validating("build"), "build", now)
    [gate], [record] = job.gates, job.overrides
    assert job.status is JobStatus.COMPLETED
    assert (gate.status, gate.reported_by, gate.reason) == (
        GateStatus.FORCED,
        "token:root",
        "the runner is broken",
    )
    assert (record.gate, record.attempt, record.actor, record.reason) == (
        "build",
        1,
        "token:root",
        "the runner is broken",
    )


def test_override_keeps_last_report(validating: Callable[..., Job], now: datetime) -> None:
    gate_report = GateReport(gate_id="build", status=GateStatus.ERROR, commit_sha=SHA, details="no disk")
    job = force(validation.apply_report(validating("build"), gate_report, now, "token:ci"), "build", now)
    assert (job.gates[0].details, job.gates[0].commit_sha) == ("no disk", SHA)


def test_repeated_override_changes_nothing(validating: Callable[..., Job], now: datetime) -> None:
    job = force(validating("build", "test"), "build", now)
    assert force(job, "build", now) is job
    overridden = force(validating("build"), "build", now)
    assert force(overridden, "build", now) is overridden
    with pytest.raises(IllegalTransition):
        force(overridden, "build", now, reason="another")


@pytest.mark.parametrize("status", [GateStatus.FAILED, GateStatus.ERROR, GateStatus.PASSED])
def test_report_on_same_commit_keeps_override(
    validating: Callable[..., Job], now: datetime, status: ReportedStatus
) -> None:
    job = force(report(validating("build", "test"), "test", now, GateStatus.ERROR), "build", now)
    assert report(job, "build", now, status) is job


def test_newer_commit_clears_override_but_not_record(validating: Callable[..., Job], now: datetime) -> None:
    job = report(validating("build", "test", "lint"), "test", now)
    job = validation.pushed(force(job, "build", now), SHA, OTHER, None, now, "github")
    assert {gate.status for gate in job.gates} == {GateStatus.PENDING}
    assert [(override.gate, override.commit_sha) for override in job.overrides] == [("build", SHA)]


def test_early_override_applies_to_first_commit(validating: Callable[..., Job], now: datetime) -> None:
    job = report(force(validating("build", "test", "lint"), "build", now), "test", now)
    assert (job.gates[0].status, job.gates[0].commit_sha) == (GateStatus.FORCED, SHA)
    job = validation.pushed(job, SHA, OTHER, None, now, "github")
    assert job.gates[0].status is GateStatus.PENDING


def test_override_completes_failed_job(validating: Callable[..., Job], now: datetime) -> None:
    failed = report(report(validating("build", "test"), "build", now), "test", now, GateStatus.FAILED)
    assert failed.status is JobStatus.FAILED
    job = force(failed, "test", now)
    assert (job.status, job.error, job.phase, job.progress_percent) == (JobStatus.COMPLETED, None, None, 100)


def test_override_renews_deadlines_of_open_gates(validating: Callable[..., Job], now: datetime) -> None:
    later = now + timedelta(seconds=3600)
    late = validation.expire(validating("build", "test"), later, "stitcher")
    job = force(late, "test", later)
    assert (job.status, job.phase, job.error, job.completed_at) == (
        JobStatus.RUNNING,
        Phase.VALIDATION,
        None,
        None,
    )
    assert job.due_at == job.expires_at == later + timedelta(seconds=3600)
    assert report(job, "build", later).status is JobStatus.COMPLETED


def test_job_stays_failed_while_other_gate_failed(running: Callable[..., Job], now: datetime) -> None:
    job = report(running("build", "test"), "build", now, GateStatus.FAILED)
    job = report(job, "test", now, GateStatus.FAILED)
    failed = attempt.succeeded(job, "run-1", Result(), now, "openclaw")
    once = force(failed, "build", now)
    assert once.error is not None
    assert (once.status, once.error.title) == (JobStatus.FAILED, "Gates not passed: test")
    assert force(once, "test", now).status is JobStatus.COMPLETED


def test_other_failures_cannot_be_overridden(running: Callable[..., Job], now: datetime) -> None:
    failed = attempt.failed(running("build"), "run-1", Result(), "boom", now, "openclaw")
    with pytest.raises(IllegalTransition, match="FAILED"):
        force(failed, "build", now)
    cancelled = lifecycle.cancel(running("build"), now, "token:ada")
    with pytest.raises(IllegalTransition, match="CANCELLED"):
        force(cancelled, "build", now)


def test_override_after_retry_is_refused(validating: Callable[..., Job], now: datetime) -> None:
    failed = report(validating("build"), "build", now, GateStatus.FAILED)
    retried = lifecycle.retry(failed, now, "token:ada", role="member")
    with pytest.raises(IllegalTransition, match="QUEUED"):
        force(retried, "build", now)
    with pytest.raises(StaleAttempt):
        force(retried, "build", now, attempt=1)


def test_override_needs_known_gate_and_commit(validating: Callable[..., Job], now: datetime) -> None:
    job = report(validating("build", "test"), "build", now)
    with pytest.raises(UnknownGate, match="build, test"):
        force(job, "beauty", now)
    with pytest.raises(CommitMismatch):
        force(job, "test", now, commit_sha=OTHER)


def test_newest_overrides_of_all_attempts_are_kept(validating: Callable[..., Job], now: datetime) -> None:
    job = validating("build", "test")
    for number in range(MAX_OVERRIDES + 3):
        job = force(job, "build", now, reason=f"reason {number}")
    assert [override.reason for override in job.overrides][-1] == f"reason {MAX_OVERRIDES + 2}"
    assert len(job.overrides) == MAX_OVERRIDES
    failed = report(job, "test", now, GateStatus.FAILED)
    assert lifecycle.retry(failed, now, "token:ada", role="member").overrides == failed.overrides
