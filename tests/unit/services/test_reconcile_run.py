"""Runs that are reconciled: found, started late, missed, stopped at the deadline, or ended in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mosaic.jobs.attempt import LOST_CALLBACK
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase
from mosaic.openclaw.model import RunOutcome
from mosaic.services import complete_run
from mosaic.services.dispatch_intent import GATEWAY_MARGIN_SECONDS
from mosaic.services.reconcile_run import GATEWAY_AWAY
from tests.fakes.crash_injector import ConcurrentChange
from tests.fakes.simulated_deployment import SimulatedDeployment

MINUTE = timedelta(minutes=1)


def code(job: Job) -> str | None:
    return job.error.code if job.error else None


def stop_steps(job: Job) -> list[tuple[str, str | None]]:
    return [(step.status.value, step.output) for step in job.steps if step.name == "stop run"]


def test_lost_callback_is_reconciled_in_half_a_minute(deployment: SimulatedDeployment) -> None:
    deployment.loses_callbacks = True
    job = deployment.accept()
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.COMPLETED)
    assert deployment.clock() - job.created_at < LOST_CALLBACK + timedelta(seconds=5)


@pytest.mark.parametrize("timeout", [20, 100, 1000])
def test_run_is_stopped_at_its_deadline(deployment: SimulatedDeployment, timeout: int) -> None:
    job = deployment.accept(instructions="SLEEP=5000", timeout_seconds=timeout)
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED)
    assert (
        timedelta() <= deployment.clock() - job.created_at - timedelta(seconds=timeout) < timedelta(seconds=5)
    )
    failed = deployment.reload(job)
    assert code(failed) == "timeout"
    assert stop_steps(failed) == [("COMPLETED", "the gateway removed the run and confirmed that it is over")]
    deployment.run_until(deployment.is_idle)
    assert len(deployment.gateway.model_calls) == 1
    assert stop_steps(deployment.reload(job)) == stop_steps(failed)


def test_run_timed_out_by_the_gateway_is_a_timeout(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="SLEEP=5000", timeout_seconds=30, max_attempts=3)
    deployment.run(10)
    deployment.pass_time(30 + GATEWAY_MARGIN_SECONDS)
    ended = deployment.process(job)
    assert (ended.status, code(ended)) == (JobStatus.FAILED, "timeout")
    deployment.run_until(deployment.is_idle)
    assert len(deployment.gateway.model_calls) == 1


def test_run_that_ends_during_its_stop_succeeds() -> None:
    meanwhile = ConcurrentChange("FakeGateway.remove")
    deployment = SimulatedDeployment(meanwhile)
    deployment.loses_callbacks = True
    job = deployment.accept(instructions="SLEEP=30", timeout_seconds=30)
    meanwhile.act = lambda: deployment.pass_time(5)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_run_stopped_during_the_check_is_not_lost() -> None:
    meanwhile = ConcurrentChange("FakeGateway.find")
    deployment = SimulatedDeployment(meanwhile)
    job = deployment.process(deployment.accept(instructions="SLEEP=5000", timeout_seconds=100))
    deployment.pass_time(97)  # the other stitcher's clock is ahead
    assert job.dispatch
    scheduled_run_id = str(job.dispatch.scheduled_run_id)
    meanwhile.act = lambda: deployment.gateway.remove(scheduled_run_id)
    deployment.process(job)
    assert meanwhile.act is None
    assert code(deployment.reload(job)) == "timeout"


def test_lost_stop_response_is_a_timeout() -> None:
    meanwhile = ConcurrentChange("FakeGateway.remove")
    deployment = SimulatedDeployment(meanwhile)
    job = deployment.accept(instructions="SLEEP=5000", timeout_seconds=20, max_attempts=3)

    def lose_the_answer() -> None:
        deployment.gateway.losing_answers = True

    meanwhile.act = lose_the_answer
    deployment.run(25)
    deployment.gateway.losing_answers = False
    assert deployment.reload(job).status is JobStatus.RUNNING
    deployment.run_until(deployment.is_idle)
    failed = deployment.reload(job)
    assert (failed.status, code(failed), failed.attempt) == (JobStatus.FAILED, "timeout", 1)
    assert [status for status, _ in stop_steps(failed)] == ["COMPLETED"]


def test_unconfirmed_stop_is_corrected_later(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="SLEEP=5000", timeout_seconds=60)
    deployment.run(20)
    deployment.gateway.down = True
    deployment.run((MINUTE + GATEWAY_AWAY + 3 * MINUTE).total_seconds())
    given_up = deployment.reload(job)
    assert (given_up.status, code(given_up)) == (JobStatus.FAILED, "timeout")
    [(status, output)] = stop_steps(given_up)
    assert status == "FAILED"
    assert "unknown" in (output or "")
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    [(status, _)] = stop_steps(deployment.reload(job))
    assert status == "COMPLETED"


@pytest.mark.parametrize("away", [timedelta(seconds=5), timedelta(minutes=10)])
def test_run_delayed_by_a_restart_keeps_its_timeout(deployment: SimulatedDeployment, away: timedelta) -> None:
    job = deployment.process(deployment.accept(instructions="SLEEP=25", timeout_seconds=30))
    assert deployment.reload(job).phase is Phase.EXECUTION
    deployment.gateway.down = True
    deployment.clock.forward(0.5)
    deployment.clock.forward(away.total_seconds())
    deployment.gateway.restart(away)
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert (deployment.reload(job).status, code(deployment.reload(job))) == (JobStatus.COMPLETED, None)
    assert len(deployment.gateway.model_calls) == 1


def test_run_interrupted_by_a_restart_fails(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="SLEEP=60")
    deployment.run(10)
    deployment.gateway.restart()
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED)
    assert deployment.clock() - job.created_at < timedelta(seconds=40)
    assert code(deployment.reload(job)) == "run_failed"
    deployment.run_until(deployment.is_idle)
    assert len(deployment.gateway.model_calls) == 1


def test_run_skipped_by_the_gateway_is_lost(
    deployment: SimulatedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `cron.skipMissedJobs`, a gateway drops the runs that came due while it was down."""
    job = deployment.process(deployment.accept())
    run = deployment.gateway.find(f"mosaic:{job.id}:1")
    assert run
    missed = run.model_copy(update={"next_run_at": None})
    monkeypatch.setattr(deployment.gateway, "find", lambda _key: missed)
    monkeypatch.setattr(deployment.gateway, "outcome", lambda _id: None)
    deployment.loses_callbacks = True
    deployment.run(40)
    assert code(deployment.reload(job)) == "run_lost"


def test_agent_without_tools_fails_the_job(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.process(deployment.accept(max_attempts=3))
    left = "No callable tools remain after resolving explicit tool allowlist (runtime toolsAllow: write)"
    ended = complete_run.apply_outcome(
        job, "fake-1", RunOutcome(status="error", error=left), deployment.clock()
    )
    assert (ended.status, code(ended)) == (JobStatus.FAILED, "no_tools")
    assert ended.error
    assert left in ended.error.title


def test_cut_reply_is_marked(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(instructions="LONG=5000")
    deployment.run_until(deployment.is_idle)
    result = deployment.reload(job).result
    assert result
    assert result.summary == "L" * 2000 + "… [cut] by the gateway"
