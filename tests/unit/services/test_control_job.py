"""Requests that change an existing job."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mosaic.jobs import lifecycle
from mosaic.jobs.errors import (
    CommitMismatch,
    IllegalTransition,
    JobNotFound,
    JobProblem,
    StaleJob,
    UnknownGate,
)
from mosaic.jobs.gate_evaluation import ReportedStatus
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase
from mosaic.services.change_job import TRIES, change
from tests.fakes import samples
from tests.fakes.simulated_deployment import COMMIT, SimulatedDeployment

Command = Callable[[SimulatedDeployment, str], Job]

COMMANDS: dict[str, Command] = {
    "cancel": lambda deployment, job_id: deployment.control.cancel("demo", job_id, "token:eve", "why"),
    "retry": lambda deployment, job_id: deployment.control.retry("demo", job_id, "token:eve", role="member"),
}


def validated_job(deployment: SimulatedDeployment, *left_out: str) -> Job:
    """Returns a job whose run has ended and whose gates have passed, except those left out."""
    job = deployment.accept(type="code-task", profile="weaver")
    deployment.run_until(lambda: deployment.reload(job).phase is Phase.VALIDATION)
    for gate in deployment.reload(job).gates:
        if gate.id not in left_out:
            deployment.report(job, gate.id)
    return deployment.reload(job)


@pytest.mark.parametrize("command", COMMANDS)
def test_unknown_or_foreign_job_is_not_found(deployment: SimulatedDeployment, command: str) -> None:
    foreign = samples.job(workspace_id="acme")
    deployment.jobs.add(foreign)
    with pytest.raises(JobNotFound):
        COMMANDS[command](deployment, foreign.id)


def test_forbidden_change_is_refused(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    with pytest.raises(IllegalTransition, match="QUEUED"):
        deployment.control.retry("demo", job.id, "token:eve", role="member")
    assert deployment.reload(job) == job


def test_queued_job_is_cancelled(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    assert deployment.control.cancel("demo", job.id, "token:eve", "why").status is JobStatus.CANCELLED
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.CANCELLED
    assert deployment.gateway.model_calls == []


def test_second_cancel_changes_nothing(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    cancelled = deployment.control.cancel("demo", job.id, "token:eve")
    assert deployment.control.cancel("demo", job.id, "token:bob") == cancelled


def test_cancelled_run_is_stopped_at_once(deployment: SimulatedDeployment) -> None:
    job = deployment.process(deployment.accept(instructions="SLEEP=600"))
    deployment.pass_time(2)
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.deliver_messages()
    assert job.dispatch
    assert deployment.gateway.find(job.dispatch.key) is None


def test_retry_keeps_history(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.process(deployment.accept(instructions="FAIL500"))
    deployment.pass_time(10)
    assert deployment.reload(job).status is JobStatus.FAILED
    retried = deployment.control.retry("demo", job.id, "token:eve", "Say hello", role="member")
    assert (retried.status, retried.attempt, retried.instructions) == (JobStatus.QUEUED, 2, "Say hello")
    deployment.run_until(deployment.is_idle)
    ended = deployment.reload(job)
    assert (ended.status, ended.attempt) == (JobStatus.COMPLETED, 2)
    assert {step.attempt for step in ended.steps} == {1, 2}


def test_old_run_is_stopped_before_the_next_attempt(deployment: SimulatedDeployment) -> None:
    job = deployment.process(deployment.accept(instructions="SLEEP=600"))
    deployment.pass_time(2)
    old = deployment.reload(job).dispatch
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.control.retry("demo", job.id, "token:eve", "Say hello", role="member")
    deployment.deliver_messages()
    assert deployment.reload(job).phase is Phase.EXECUTION
    assert old
    assert deployment.gateway.find(old.key) is None


@pytest.mark.parametrize(
    ("status", "ends", "code"),
    [
        (GateStatus.PASSED, JobStatus.COMPLETED, None),
        (GateStatus.FAILED, JobStatus.FAILED, "gate_failed"),
        (GateStatus.ERROR, JobStatus.RUNNING, None),
    ],
)
def test_last_gate_completes_the_job(
    deployment: SimulatedDeployment, status: ReportedStatus, ends: JobStatus, code: str | None
) -> None:
    job = deployment.report(validated_job(deployment, "test"), "test", status)
    assert (job.status, job.error.code if job.error else None) == (ends, code)


def test_repeated_gate_report_succeeds(
    deployment: SimulatedDeployment,
) -> None:
    done = deployment.report(validated_job(deployment, "test"), "test")
    assert done.status is JobStatus.COMPLETED
    assert deployment.report(done, "test") == done


@pytest.mark.parametrize(
    ("gate", "status", "commit", "refused"),
    [
        ("test", GateStatus.FAILED, COMMIT, IllegalTransition),
        ("test", GateStatus.PASSED, "d" * 40, IllegalTransition),
    ],
)
def test_completed_job_ignores_gate_reports(
    deployment: SimulatedDeployment, gate: str, status: ReportedStatus, commit: str, refused: type[JobProblem]
) -> None:
    done = validated_job(deployment)
    with pytest.raises(refused):
        deployment.report(done, gate, status, commit)
    assert deployment.reload(done) == done


@pytest.mark.parametrize(
    ("gate", "commit", "refused"),
    [("nonsense", COMMIT, UnknownGate), ("test", "d" * 40, CommitMismatch)],
)
def test_report_on_another_gate_or_commit_is_refused(
    deployment: SimulatedDeployment, gate: str, commit: str, refused: type[JobProblem]
) -> None:
    job = validated_job(deployment, "test")
    with pytest.raises(refused):
        deployment.report(job, gate, commit=commit)


def test_repeated_gate_reports_keep_one_step(
    deployment: SimulatedDeployment,
) -> None:
    job = validated_job(deployment, "test")
    before = len(job.steps)
    for status in (GateStatus.ERROR, GateStatus.PASSED) * 5:
        job = deployment.report(job, "lint", status)
    assert len(job.steps) == before
    assert [step.status.value for step in job.steps if step.name == "gate lint"] == ["COMPLETED"]


@pytest.mark.parametrize("rivals", [1, TRIES - 1, TRIES])
def test_conflicting_change_is_retried_a_few_times(deployment: SimulatedDeployment, rivals: int) -> None:
    job, left = deployment.accept(), iter(range(rivals))

    def cancel(read: Job) -> Job:
        if next(left, None) is not None:
            deployment.jobs.save(lifecycle.change(read, deployment.clock(), "rival"))
        return lifecycle.cancel(read, deployment.clock(), "token:eve")

    if rivals == TRIES:
        with pytest.raises(StaleJob, match="try again"):
            change(deployment.jobs, "demo", job.id, cancel)
    else:
        cancelled, changed = change(deployment.jobs, "demo", job.id, cancel)
        assert changed
        assert deployment.reload(job) == cancelled
        assert cancelled.version == rivals + 2
