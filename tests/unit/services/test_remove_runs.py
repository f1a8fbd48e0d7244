"""The runs of an ended job are stopped and removed from the gateway, also those of late calls."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.gateway.rate_limits import WriteLimit
from mosaic.jobs.lifecycle import LATE_CALL_WINDOW
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.openclaw.errors import ScheduleInPast
from mosaic.openclaw.model import RunRequest
from mosaic.services import dispatch_intent
from mosaic.services.remove_runs import GIVE_UP_AFTER
from tests.fakes.simulated_deployment import SimulatedDeployment

HOUR = 3600


def running(
    deployment: SimulatedDeployment, instructions: str = "SLEEP=600", timeout_seconds: int = 1800
) -> Job:
    job = deployment.process(deployment.accept(instructions=instructions, timeout_seconds=timeout_seconds))
    deployment.pass_time(2)
    return deployment.reload(job)


def run_key(job: Job) -> str:
    assert job.dispatch
    return job.dispatch.key


def call(job: Job) -> RunRequest:
    """Returns the request that dispatched the job's run, as it would arrive once more."""
    return dispatch_intent.run_request(
        job, dispatch_intent.RunEndpoints("https://mosaic.test/late", "https://mosaic.test/reports", "token")
    )


def stop_steps(job: Job) -> list[str]:
    return [step.status.value for step in job.steps if step.name == "stop run"]


# ------------------------------------------------------------------ runs that ended


def test_successful_run_is_kept_against_late_calls(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept()
    deployment.run(10)
    done = deployment.reload(job)
    assert done.status is JobStatus.COMPLETED
    assert done.dispatch
    assert done.due_at == done.dispatch.at + LATE_CALL_WINDOW
    assert deployment.gateway.find(run_key(done))
    with pytest.raises(ScheduleInPast):
        deployment.gateway.add(call(done))
    deployment.run_until(deployment.is_idle)
    assert deployment.gateway.find(run_key(done)) is None
    with pytest.raises(ScheduleInPast):
        deployment.gateway.add(call(done))
    assert len(deployment.gateway.model_calls) == 1


def test_removing_a_run_creates_no_version(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    deployment.run(10)
    done = deployment.reload(job)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job) == done


def test_failed_run_is_removed_before_a_retry(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="FAIL500")
    deployment.run(200)
    assert deployment.reload(job).status is JobStatus.FAILED
    assert len(deployment.gateway.model_calls) == 1


@pytest.mark.parametrize(
    ("away_for", "forgotten"),
    [(HOUR, True), (23 * HOUR, True), (GIVE_UP_AFTER.total_seconds() + 2 * HOUR, False)],
)
def test_removal_is_retried_for_a_day(
    deployment: SimulatedDeployment, away_for: float, forgotten: bool
) -> None:
    job = deployment.accept()
    deployment.run(10)
    deployment.gateway.down = True
    deployment.run(away_for)
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert (deployment.gateway.find(run_key(deployment.reload(job))) is None) == forgotten


def test_early_retry_leaves_no_run(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="FAIL500")
    deployment.gateway.down = False
    deployment.deliver_messages()
    deployment.pass_time(10)
    deployment.gateway.down = True
    deployment.run(100)
    failed = deployment.reload(job)
    assert failed.status is JobStatus.FAILED
    deployment.control.retry("demo", job.id, "token:eve", "Say hello", role="member")
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert deployment.gateway.find(run_key(failed)) is None
    assert deployment.gateway.find(run_key(deployment.reload(job))) is None


def test_slow_gateway_removes_all_attempts(
    deployment: SimulatedDeployment,
) -> None:
    deployment.gateway.limit = WriteLimit(1)
    job = deployment.accept(instructions="FAIL500", max_attempts=3)
    deployment.run_until(deployment.is_idle)
    failed = deployment.reload(job)
    assert (failed.status, failed.attempt) == (JobStatus.FAILED, 3)
    assert [deployment.gateway.find(run.key) for run in failed.run_handles] == [None, None, None]


# ------------------------------------------------------------------ runs that were cancelled


def test_cancelled_run_is_stopped(deployment: SimulatedDeployment) -> None:
    job = running(deployment)
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run_until(deployment.is_idle)
    stopped = deployment.reload(job)
    assert (stopped.status, stopped.due_at, stop_steps(stopped)) == (JobStatus.CANCELLED, None, ["COMPLETED"])
    assert deployment.gateway.find(run_key(job)) is None


def test_undispatched_job_has_nothing_to_stop(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    cancelled = deployment.control.cancel("demo", job.id, "token:eve")
    assert cancelled.due_at is None
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job) == cancelled


def test_run_is_stopped_after_an_outage(deployment: SimulatedDeployment) -> None:
    job = running(deployment)
    deployment.gateway.down = True
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run(300)
    assert stop_steps(deployment.reload(job)) == []
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert stop_steps(deployment.reload(job)) == ["COMPLETED"]
    assert deployment.gateway.find(run_key(job)) is None


def test_unconfirmed_stop_is_given_up_after_a_day(
    deployment: SimulatedDeployment,
) -> None:
    job = running(deployment, timeout_seconds=600)
    deployment.gateway.down = True
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run_until(lambda: deployment.reload(job).due_at is None)
    given_up = deployment.reload(job)
    assert stop_steps(given_up) == ["FAILED"]
    assert "not confirmed" in (given_up.steps[-1].output or "")
    late = deployment.clock() - job.created_at - timedelta(seconds=600) - GIVE_UP_AFTER
    assert timedelta() <= late < timedelta(minutes=5)


def test_unstarted_run_is_stopped_after_a_restart(
    deployment: SimulatedDeployment,
) -> None:
    """The gateway took the run but would start it two minutes after the restart, long after the job's
    deadline.
    """
    job = deployment.process(deployment.accept(instructions="SLEEP=5", timeout_seconds=60))
    deployment.gateway.down = True
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.clock.forward(2 * HOUR)
    deployment.gateway.restart(timedelta(hours=2))
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert stop_steps(deployment.reload(job)) == ["COMPLETED"]
    assert deployment.gateway.model_calls == []


def test_run_of_a_late_call_is_removed(deployment: SimulatedDeployment) -> None:
    """The stitcher crashed during its call, and the gateway gets the call after the job was cancelled."""
    deployment.gateway.down = True
    job = deployment.process(deployment.accept(instructions="SLEEP=600"))
    deployment.gateway.down = False
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.deliver_messages()
    deployment.gateway.add(call(job))
    deployment.run_until(deployment.is_idle)
    assert stop_steps(deployment.reload(job)) == ["COMPLETED"]
    assert deployment.gateway.find(run_key(job)) is None


def test_overdue_call_starts_no_run(deployment: SimulatedDeployment) -> None:
    deployment.gateway.down = True
    job = deployment.process(deployment.accept(instructions="SLEEP=600"))
    deployment.gateway.down = False
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run(20)
    with pytest.raises(ScheduleInPast):
        deployment.gateway.add(call(job))
    deployment.run_until(deployment.is_idle)
    assert deployment.gateway.model_calls == []


def test_second_cancel_still_stops_the_first_run(
    deployment: SimulatedDeployment,
) -> None:
    """The first cancel did not reach the gateway, and the second attempt has no dispatch."""
    job = running(deployment)
    deployment.gateway.down = True
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.control.retry("demo", job.id, "token:eve", role="member")
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run(300)
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert deployment.gateway.find(run_key(job)) is None
