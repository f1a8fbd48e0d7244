"""The gateway's callback, at any time and repeated."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.jobs.errors import JobNotFound
from mosaic.jobs.gate_evaluation import ReportedStatus
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus, JobStatus, Phase
from mosaic.openclaw.callback import CallbackRef
from mosaic.openclaw.model import RunOutcome
from tests.fakes.crash_injector import CrashInjector, ProcessKilled
from tests.fakes.simulated_deployment import COMMIT, SimulatedDeployment

WELL = RunOutcome(status="ok", summary="done", tokens_input=3, tokens_output=5)
OTHER = "e" * 40


def complete(
    deployment: SimulatedDeployment, job: Job, outcome: RunOutcome = WELL, **changes: Any
) -> tuple[Job, bool]:
    """Completes the run of the job's attempt as the gateway's callback does."""
    ref = CallbackRef(**{"workspace_id": "demo", "job_id": job.id, "attempt": job.attempt, **changes})
    return deployment.run_completion.complete(ref, "run-1", outcome)


def running(deployment: SimulatedDeployment, **fields: Any) -> Job:
    return deployment.process(deployment.accept(**fields))


def test_successful_run_completes_a_job_without_gates(deployment: SimulatedDeployment) -> None:
    job, changed = complete(deployment, running(deployment))
    assert changed
    assert job.status is JobStatus.COMPLETED
    assert job.result
    assert (job.result.summary, job.result.tokens_output) == ("done", 5)


def test_successful_run_opens_the_gates(deployment: SimulatedDeployment) -> None:
    job, _ = complete(deployment, running(deployment, type="code-task", profile="weaver"))
    assert (job.status, job.phase) == (JobStatus.RUNNING, Phase.VALIDATION)
    assert job.expires_at


@pytest.mark.parametrize("outcome", [RunOutcome(status="error", error="broke"), RunOutcome(status="skipped")])
def test_failed_run_fails_the_job_with_its_error(
    deployment: SimulatedDeployment, outcome: RunOutcome
) -> None:
    job, _ = complete(deployment, running(deployment), outcome)
    assert job.status is JobStatus.FAILED
    assert job.error
    assert job.error.code == "run_failed"
    assert (outcome.error or outcome.status) in job.error.title


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (RunOutcome(status="ok"), "empty_result"),
        (RunOutcome(status="ok", summary=" \n"), "empty_result"),
        (RunOutcome(status="ok", summary="NO_REPLY"), "empty_result"),
        (RunOutcome(status="ok", summary="`no_reply`."), "empty_result"),
        (RunOutcome(status="ok", summary="HEARTBEAT_OK"), "empty_result"),
        (RunOutcome(status="ok", summary="done", error="the model broke off"), "run_failed"),
        (RunOutcome(status="ok", error="the model broke off"), "run_failed"),
        (RunOutcome(status="ok", summary="NO_REPLY is what I will not say"), None),
    ],
)
def test_silent_run_completes_no_job_without_gates(
    deployment: SimulatedDeployment, outcome: RunOutcome, code: str | None
) -> None:
    job, _ = complete(deployment, running(deployment), outcome)
    assert job.status is (JobStatus.FAILED if code else JobStatus.COMPLETED)
    assert (job.error and job.error.code) == code
    if job.error:
        assert job.error.retryable
        assert (outcome.error or "ended without a reply") in job.error.title
        assert job.next.what.startswith("failed: read the run's")
    gated, _ = complete(deployment, running(deployment, type="code-task", profile="weaver"), outcome)
    assert gated.phase is Phase.VALIDATION


def test_silent_run_is_repeated_while_attempts_are_left(deployment: SimulatedDeployment) -> None:
    job, _ = complete(deployment, running(deployment, max_attempts=2), RunOutcome(status="ok"))
    assert (job.status, job.attempt) == (JobStatus.QUEUED, 2)
    assert job.past_attempts[0].error
    assert job.past_attempts[0].error.code == "empty_result"


def test_repeated_callback_changes_nothing(deployment: SimulatedDeployment) -> None:
    done, _ = complete(deployment, running(deployment))
    assert complete(deployment, done) == (done, False)
    assert complete(deployment, done, RunOutcome(status="error", error="late")) == (done, False)


def test_callback_during_validation_changes_nothing(deployment: SimulatedDeployment) -> None:
    waiting, _ = complete(deployment, running(deployment, type="code-task", profile="weaver"))
    assert complete(deployment, waiting, RunOutcome(status="error")) == (waiting, False)


@pytest.mark.parametrize("attempt", [0, 2])
def test_callback_of_another_attempt_changes_nothing(deployment: SimulatedDeployment, attempt: int) -> None:
    job = running(deployment)
    assert complete(deployment, job, attempt=attempt) == (job, False)


def test_callback_of_a_cancelled_job_changes_nothing(deployment: SimulatedDeployment) -> None:
    job = running(deployment)
    cancelled = deployment.control.cancel("demo", job.id, "token:eve")
    assert complete(deployment, job) == (cancelled, False)


def test_callback_of_an_unknown_job_is_an_error(deployment: SimulatedDeployment) -> None:
    job = running(deployment)
    with pytest.raises(JobNotFound):
        complete(deployment, job, job_id="01KGA999999999999999999999")
    with pytest.raises(JobNotFound):
        complete(deployment, job, workspace_id="acme")


def test_early_callback_also_records_acceptance(
    deployment: SimulatedDeployment,
) -> None:
    """The stitcher crashed between the gateway's response and saving it."""
    counted = CrashInjector()
    deployment = SimulatedDeployment(counted)
    deployment.process(deployment.accept())
    accepting = counted.calls.index("FakeGateway.add") + 1
    deployment = SimulatedDeployment(CrashInjector(accepting, "after"))
    job = deployment.accept()
    with pytest.raises(ProcessKilled):
        deployment.process(job)
    assert deployment.reload(job).phase is Phase.SETUP
    done, changed = complete(deployment, job)
    assert changed
    assert done.status is JobStatus.COMPLETED
    assert done.dispatch
    assert done.dispatch.scheduled_run_id == "run-1"


def test_agent_names_the_commit_to_validate(
    deployment: SimulatedDeployment,
) -> None:
    outcome = RunOutcome(status="ok", summary=f"Mosaic-Commit: {COMMIT}\nDone.")
    job, _ = complete(deployment, running(deployment, type="code-task", profile="weaver"), outcome)
    assert job.commit_sha == COMMIT


@pytest.mark.parametrize("status", [GateStatus.PASSED, GateStatus.FAILED, GateStatus.ERROR])
def test_gates_of_another_commit_reopen(deployment: SimulatedDeployment, status: ReportedStatus) -> None:
    job = running(deployment, type="code-task", profile="weaver")
    for gate in job.gates:
        deployment.report(job, gate.id, status, OTHER)
    job, _ = complete(deployment, job, RunOutcome(status="ok", summary=f"Mosaic-Commit: {COMMIT}"))
    assert (job.phase, job.commit_sha) == (Phase.VALIDATION, COMMIT)
    assert {gate.status for gate in job.gates} == {GateStatus.PENDING}
    for gate in job.gates:
        job = deployment.report(job, gate.id, commit=COMMIT)
    assert job.status is JobStatus.COMPLETED


def test_early_check_of_the_agents_commit_counts(deployment: SimulatedDeployment) -> None:
    job = running(deployment, type="code-task", profile="weaver")
    for gate in job.gates:
        deployment.report(job, gate.id)
    job, _ = complete(deployment, job, RunOutcome(status="ok", summary=f"Mosaic-Commit: {COMMIT}"))
    assert job.status is JobStatus.COMPLETED
