"""What the gateway still holds of an ended job: stopped, removed, and nothing that comes later is left behind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from local.gateway.rate_limits import WriteLimit
from mosaic.jobs.lifecycle import LATE_CALL
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.openclaw.errors import ScheduleInPast
from mosaic.openclaw.model import RunRequest
from mosaic.services import dispatch_intent
from mosaic.services.remove_runs import FORGET
from tests.fakes.simulated_deployment import World

HOUR = 3600


def running(world: World, instructions: str = "SLEEP=600", timeout_seconds: int = 1800) -> Job:
    job = world.attend(world.accept(instructions=instructions, timeout_seconds=timeout_seconds))
    world.pass_time(2)
    return world.again(job)


def key(job: Job) -> str:
    assert job.dispatch
    return job.dispatch.key


def call(job: Job) -> RunRequest:
    """The call that ordered the job's run, as it would arrive once more."""
    return dispatch_intent.request(
        job, dispatch_intent.Addresses("https://mosaic.test/late", "https://mosaic.test/reports", "token")
    )


def stop_steps(job: Job) -> list[str]:
    return [step.status.value for step in job.steps if step.name == "stop run"]


# ------------------------------------------------------------------ runs that ended


def test_a_run_that_went_well_is_kept_a_while_and_no_late_call_runs_it_again(world: World) -> None:
    job = world.accept()
    world.run(10)
    done = world.again(job)
    assert done.status is JobStatus.COMPLETED
    assert done.dispatch
    assert done.due_at == done.dispatch.at + LATE_CALL
    assert world.gateway.find(key(done))
    with pytest.raises(ScheduleInPast):
        world.gateway.add(call(done))
    world.until(world.at_rest)
    assert world.gateway.find(key(done)) is None
    with pytest.raises(ScheduleInPast):
        world.gateway.add(call(done))
    assert len(world.gateway.model_calls) == 1


def test_forgetting_a_run_makes_no_new_version(world: World) -> None:
    job = world.accept()
    world.run(10)
    done = world.again(job)
    world.until(world.at_rest)
    assert world.again(job) == done


def test_a_run_that_failed_is_removed_before_the_gateway_tries_it_again(world: World) -> None:
    job = world.accept(instructions="FAIL500")
    world.run(200)
    assert world.again(job).status is JobStatus.FAILED
    assert len(world.gateway.model_calls) == 1


@pytest.mark.parametrize(
    ("away_for", "forgotten"),
    [(HOUR, True), (23 * HOUR, True), (FORGET.total_seconds() + 2 * HOUR, False)],
)
def test_a_gateway_that_is_away_is_asked_to_forget_for_a_day(
    world: World, away_for: float, forgotten: bool
) -> None:
    job = world.accept()
    world.run(10)
    world.gateway.down = True
    world.run(away_for)
    world.gateway.down = False
    world.until(world.at_rest)
    assert (world.gateway.find(key(world.again(job))) is None) == forgotten


def test_a_job_that_is_retried_before_its_run_was_forgotten_leaves_nothing(world: World) -> None:
    job = world.accept(instructions="FAIL500")
    world.gateway.down = False
    world.work()
    world.pass_time(10)
    world.gateway.down = True
    world.run(100)
    failed = world.again(job)
    assert failed.status is JobStatus.FAILED
    world.control.retry("demo", job.id, "token:eve", "Say hello")
    world.gateway.down = False
    world.until(world.at_rest)
    assert world.again(job).status is JobStatus.COMPLETED
    assert world.gateway.find(key(failed)) is None
    assert world.gateway.find(key(world.again(job))) is None


def test_a_gateway_that_takes_one_removal_a_minute_forgets_all_attempts_of_a_job(world: World) -> None:
    world.gateway.limit = WriteLimit(1)
    job = world.accept(instructions="FAIL500", max_attempts=3)
    world.until(world.at_rest)
    failed = world.again(job)
    assert (failed.status, failed.attempt) == (JobStatus.FAILED, 3)
    assert [world.gateway.find(held.key) for held in failed.declarations] == [None, None, None]


# ------------------------------------------------------------------ runs that were cancelled


def test_a_cancelled_run_is_stopped_and_the_job_says_so(world: World) -> None:
    job = running(world)
    world.control.cancel("demo", job.id, "token:eve")
    world.until(world.at_rest)
    stopped = world.again(job)
    assert (stopped.status, stopped.due_at, stop_steps(stopped)) == (JobStatus.CANCELLED, None, ["COMPLETED"])
    assert world.gateway.find(key(job)) is None


def test_a_job_that_was_never_ordered_has_nothing_to_stop(world: World) -> None:
    job = world.accept()
    cancelled = world.control.cancel("demo", job.id, "token:eve")
    assert cancelled.due_at is None
    world.until(world.at_rest)
    assert world.again(job) == cancelled


def test_a_gateway_that_is_away_is_told_to_stop_when_it_is_back(world: World) -> None:
    job = running(world)
    world.gateway.down = True
    world.control.cancel("demo", job.id, "token:eve")
    world.run(300)
    assert stop_steps(world.again(job)) == []
    world.gateway.down = False
    world.until(world.at_rest)
    assert stop_steps(world.again(job)) == ["COMPLETED"]
    assert world.gateway.find(key(job)) is None


def test_a_stop_that_is_never_confirmed_is_given_up_a_day_after_the_run_must_be_over(world: World) -> None:
    job = running(world, timeout_seconds=600)
    world.gateway.down = True
    world.control.cancel("demo", job.id, "token:eve")
    world.until(lambda: world.again(job).due_at is None)
    given_up = world.again(job)
    assert stop_steps(given_up) == ["FAILED"]
    assert "not confirmed" in (given_up.steps[-1].output or "")
    late = world.clock() - job.created_at - timedelta(seconds=600) - FORGET
    assert timedelta() <= late < timedelta(minutes=5)


def test_a_run_that_a_killed_gateway_has_yet_to_begin_is_stopped_when_it_is_back(world: World) -> None:
    """It was taken, never began, and would begin two minutes after the restart, long after the job's deadline."""
    job = world.attend(world.accept(instructions="SLEEP=5", timeout_seconds=60))
    world.gateway.down = True
    world.control.cancel("demo", job.id, "token:eve")
    world.clock.forward(2 * HOUR)
    world.gateway.restart(timedelta(hours=2))
    world.gateway.down = False
    world.until(world.at_rest)
    assert stop_steps(world.again(job)) == ["COMPLETED"]
    assert world.gateway.model_calls == []


def test_a_call_that_arrives_after_the_cancel_is_removed_too(world: World) -> None:
    """The stitcher had died in its call, and the gateway gets it when the job is cancelled already."""
    world.gateway.down = True
    job = world.attend(world.accept(instructions="SLEEP=600"))
    world.gateway.down = False
    world.control.cancel("demo", job.id, "token:eve")
    world.work()
    world.gateway.add(call(job))
    world.until(world.at_rest)
    assert stop_steps(world.again(job)) == ["COMPLETED"]
    assert world.gateway.find(key(job)) is None


def test_a_call_that_arrives_when_its_time_has_come_brings_no_run(world: World) -> None:
    world.gateway.down = True
    job = world.attend(world.accept(instructions="SLEEP=600"))
    world.gateway.down = False
    world.control.cancel("demo", job.id, "token:eve")
    world.run(20)
    with pytest.raises(ScheduleInPast):
        world.gateway.add(call(job))
    world.until(world.at_rest)
    assert world.gateway.model_calls == []


def test_a_retried_and_again_cancelled_job_does_not_give_up_its_first_run(world: World) -> None:
    """Nobody could be told of the first cancel, and the second finds no order of its own."""
    job = running(world)
    world.gateway.down = True
    world.control.cancel("demo", job.id, "token:eve")
    world.control.retry("demo", job.id, "token:eve")
    world.control.cancel("demo", job.id, "token:eve")
    world.run(300)
    world.gateway.down = False
    world.until(world.at_rest)
    assert world.gateway.find(key(job)) is None
