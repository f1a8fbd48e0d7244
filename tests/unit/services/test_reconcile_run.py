"""What a run comes to that is looked at: found, begun late, missed, stopped at its deadline, or ended in time."""

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


def test_a_lost_callback_is_made_up_for_in_half_a_minute(deployment: SimulatedDeployment) -> None:
    deployment.loses_callbacks = True
    job = deployment.accept()
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.COMPLETED)
    assert deployment.clock() - job.created_at < LOST_CALLBACK + timedelta(seconds=5)


@pytest.mark.parametrize("timeout", [20, 100, 1000])
def test_a_run_is_stopped_at_its_deadline_and_not_minutes_later(
    deployment: SimulatedDeployment, timeout: int
) -> None:
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


def test_a_run_that_the_gateway_ended_for_its_time_before_anybody_looked_is_over_its_time(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="SLEEP=5000", timeout_seconds=30, max_attempts=3)
    deployment.run(10)
    deployment.pass_time(30 + GATEWAY_MARGIN_SECONDS)
    ended = deployment.process(job)
    assert (ended.status, code(ended)) == (JobStatus.FAILED, "timeout")
    deployment.run_until(deployment.is_idle)
    assert len(deployment.gateway.model_calls) == 1


def test_a_run_that_ends_well_while_it_is_being_stopped_has_ended_well() -> None:
    meanwhile = ConcurrentChange("FakeGateway.remove")
    deployment = SimulatedDeployment(meanwhile)
    deployment.loses_callbacks = True
    job = deployment.accept(instructions="SLEEP=30", timeout_seconds=30)
    meanwhile.act = lambda: deployment.pass_time(5)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_a_run_that_another_stitcher_stops_while_it_is_asked_for_is_not_lost() -> None:
    meanwhile = ConcurrentChange("FakeGateway.find")
    deployment = SimulatedDeployment(meanwhile)
    job = deployment.process(deployment.accept(instructions="SLEEP=5000", timeout_seconds=100))
    deployment.pass_time(97)  # the other's clock is ahead
    assert job.dispatch
    scheduled_run_id = str(job.dispatch.scheduled_run_id)
    meanwhile.act = lambda: deployment.gateway.remove(scheduled_run_id)
    deployment.process(job)
    assert meanwhile.act is None
    assert code(deployment.reload(job)) == "timeout"


def test_a_stop_whose_answer_was_lost_is_no_failure_of_the_run() -> None:
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


def test_a_run_whose_stop_nobody_confirms_is_told_of_when_somebody_does(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="SLEEP=5000", timeout_seconds=60)
    deployment.run(20)
    deployment.gateway.down = True
    deployment.run((MINUTE + GATEWAY_AWAY + 3 * MINUTE).total_seconds())
    given_up = deployment.reload(job)
    assert (given_up.status, code(given_up)) == (JobStatus.FAILED, "timeout")
    [(status, said)] = stop_steps(given_up)
    assert status == "FAILED"
    assert "unknown" in (said or "")
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    [(status, _)] = stop_steps(deployment.reload(job))
    assert status == "COMPLETED"


@pytest.mark.parametrize("away", [timedelta(seconds=5), timedelta(minutes=10)])
def test_a_gateway_that_was_killed_before_a_run_began_gives_it_its_whole_time(
    deployment: SimulatedDeployment, away: timedelta
) -> None:
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


def test_a_run_that_a_restart_interrupted_is_over_and_is_not_run_again(
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


def test_a_run_that_its_gateway_skipped_is_lost(
    deployment: SimulatedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `cron.skipMissedJobs` a gateway that was away forgets the time of what came due meanwhile."""
    job = deployment.process(deployment.accept())
    held = deployment.gateway.find(f"mosaic:{job.id}:1")
    assert held
    missed = held.model_copy(update={"next_run_at": None})
    monkeypatch.setattr(deployment.gateway, "find", lambda _key: missed)
    monkeypatch.setattr(deployment.gateway, "outcome", lambda _id: None)
    deployment.loses_callbacks = True
    deployment.run(40)
    assert code(deployment.reload(job)) == "run_lost"


def test_tools_that_leave_the_agent_none_fail_the_job_at_once_and_for_that_reason(
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


def test_a_reply_that_the_gateway_cut_says_so(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(instructions="LONG=5000")
    deployment.run_until(deployment.is_idle)
    result = deployment.reload(job).result
    assert result
    assert result.summary == "L" * 2000 + "… [cut] by the gateway"
