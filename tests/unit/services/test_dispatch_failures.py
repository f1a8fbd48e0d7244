"""What becomes of a run when the gateway is away, slow, forgetful or wrong: one run an attempt, and an end."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from local.gateway.rate_limits import WriteLimit
from mosaic.access.model import Workspace
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase
from mosaic.openclaw.errors import (
    GatewayError,
    GatewayRefused,
    GatewayUnauthorized,
    GatewayUnavailable,
    ScheduleInPast,
)
from mosaic.services.reconcile_run import GATEWAY_AWAY
from tests.fakes.crash_injector import ConcurrentChange, FailingCalls
from tests.fakes.simulated_deployment import SimulatedDeployment


def code(job: Job) -> str | None:
    return job.error.code if job.error else None


def run_key(job: Job) -> str:
    assert job.dispatch
    return job.dispatch.key


# ------------------------------------------------------------------ the gateway is away


def test_a_gateway_that_is_away_is_asked_again_and_the_job_is_done(deployment: SimulatedDeployment) -> None:
    deployment.gateway.down = True
    job = deployment.process(deployment.accept())
    assert (job.status, job.dispatch and job.dispatch.tries) == (JobStatus.QUEUED, 1)
    assert job.retry_at
    assert job.retry_at > deployment.clock()
    deployment.run(20)
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 1


def test_a_job_that_waits_for_the_gateway_is_left_alone_until_its_time(
    deployment: SimulatedDeployment,
) -> None:
    deployment.gateway.down = True
    job = deployment.accept()
    for _ in range(4):
        waiting = deployment.process(job)
        assert waiting.retry_at
        deployment.clock.forward((waiting.retry_at - deployment.clock()).total_seconds())
    deployment.clock.forward(-3)
    assert deployment.process(job) == waiting
    deployment.clock.forward(3)
    assert deployment.process(job) != waiting


@pytest.mark.parametrize("tries", [1, 3])
def test_a_gateway_that_stays_away_fails_the_job_after_a_bounded_number_of_tries(
    deployment: SimulatedDeployment, tries: int
) -> None:
    deployment.access.put_workspace(Workspace(id="demo", max_dispatch_tries=tries))
    deployment.gateway.down = True
    job = deployment.accept()
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED, hours=2)
    failed = deployment.reload(job)
    assert (failed.status, code(failed)) == (JobStatus.FAILED, "gateway_unavailable")
    assert failed.error
    assert failed.error.retryable
    assert "gateway" in failed.error.remedy
    assert failed.dispatch
    assert failed.dispatch.tries == tries


def test_a_job_may_be_tried_again_by_itself_as_often_as_it_allows(deployment: SimulatedDeployment) -> None:
    deployment.access.put_workspace(Workspace(id="demo", max_dispatch_tries=1))
    deployment.gateway.down = True
    job = deployment.accept(max_attempts=3)
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED, hours=24)
    assert (deployment.reload(job).status, deployment.reload(job).attempt) == (JobStatus.FAILED, 3)


@pytest.mark.parametrize("lost_for", [1, 10, 90, 400])
def test_an_answer_that_was_lost_does_not_run_the_agent_again(
    deployment: SimulatedDeployment, lost_for: int
) -> None:
    deployment.gateway.losing_answers = True
    job = deployment.accept()
    deployment.run(lost_for)
    deployment.gateway.losing_answers = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 1


@pytest.mark.parametrize("away_for", [5, 61, 100, 400])
def test_an_order_whose_time_has_passed_unheard_is_given_a_new_one(
    deployment: SimulatedDeployment, away_for: int
) -> None:
    deployment.gateway.down = True
    job = deployment.accept()
    deployment.run(away_for)
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 1


@pytest.mark.parametrize("away_for", [12, 40, 100])
def test_a_run_has_its_whole_time_however_late_it_was_taken(
    deployment: SimulatedDeployment, away_for: int
) -> None:
    deployment.gateway.down = True
    job = deployment.accept(timeout_seconds=10, instructions="SLEEP=7")
    deployment.run(away_for)
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert code(deployment.reload(job)) is None
    assert deployment.reload(job).status is JobStatus.COMPLETED


# ------------------------------------------------------------------ the gateway says no


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GatewayRefused("INVALID_REQUEST", "unknown agent"), "gateway_refused"),
        (GatewayUnauthorized("the gateway does not accept the token (401)"), "gateway_unavailable"),
    ],
)
def test_what_the_gateway_refuses_for_good_fails_with_what_it_said(
    error: GatewayError, expected: str
) -> None:
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", error))
    deployment.access.put_workspace(Workspace(id="demo", max_dispatch_tries=3))
    job = deployment.accept()
    deployment.run_until(deployment.is_idle, hours=2)
    failed = deployment.reload(job)
    assert (failed.status, code(failed)) == (JobStatus.FAILED, expected)
    assert failed.error
    assert str(error) in failed.error.title


def test_a_token_that_is_mended_meanwhile_lets_the_job_through() -> None:
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", GatewayUnauthorized("401"), times=3))
    job = deployment.accept()
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_a_gateway_whose_clock_is_ahead_is_tried_a_bounded_number_of_times() -> None:
    deployment = SimulatedDeployment(
        FailingCalls("FakeGateway.add", ScheduleInPast("INVALID_REQUEST", "schedule.at is in the past"))
    )
    job = deployment.accept()
    deployment.run_until(deployment.is_idle, hours=4)
    failed = deployment.reload(job)
    assert (failed.status, code(failed)) == (JobStatus.FAILED, "gateway_unavailable")
    assert failed.error
    assert "clock" in failed.error.title


@pytest.mark.parametrize("wait", [1, 60])
def test_a_gateway_that_is_busy_is_left_alone_for_as_long_as_it_asks(wait: int) -> None:
    busy = GatewayUnavailable("429", may_have_been_accepted=False, retry_after_seconds=wait)
    calls = FailingCalls("FakeGateway.add", busy, times=1)
    deployment = SimulatedDeployment(calls)
    job = deployment.process(deployment.accept())
    assert job.status is JobStatus.QUEUED
    assert job.retry_at == deployment.clock() + timedelta(seconds=wait)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert calls.calls.count("FakeGateway.add") == 1


def test_an_order_that_may_have_been_taken_before_the_gateway_was_busy_keeps_its_time() -> None:
    deployment = SimulatedDeployment()
    deployment.gateway.losing_answers = True
    job = deployment.process(deployment.accept())
    deployment.gateway.losing_answers = False
    deployment.gateway.limit = WriteLimit(0)
    deployment.run(30)
    asked = deployment.reload(job).dispatch
    assert asked
    assert job.dispatch
    assert asked.at == job.dispatch.at
    deployment.gateway.limit = WriteLimit(None)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 1


def test_a_gateway_that_takes_one_call_a_minute_takes_an_order_a_minute(
    deployment: SimulatedDeployment,
) -> None:
    deployment.gateway.limit = WriteLimit(1)
    jobs = [deployment.accept(instructions=f"Task {number}") for number in range(5)]
    deployment.run(60 * len(jobs))
    assert [deployment.reload(job).status for job in jobs] == [JobStatus.COMPLETED] * len(jobs)


# ------------------------------------------------------------------ a run that the gateway has


def test_a_gateway_that_is_always_busy_is_in_the_end_as_good_as_away() -> None:
    busy = GatewayUnavailable("429", may_have_been_accepted=False, retry_after_seconds=300)
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", busy))
    job = deployment.accept()
    deployment.run_until(deployment.is_idle, hours=48)
    ended = deployment.reload(job)
    assert ended.error is not None
    assert (ended.status, ended.error.code) == (JobStatus.FAILED, "gateway_unavailable")


def test_a_lost_callback_is_made_up_for_by_asking(deployment: SimulatedDeployment) -> None:
    deployment.loses_callbacks = True
    job = deployment.accept()
    deployment.run(300)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 1


def test_a_run_that_the_gateway_has_forgotten_fails_the_job(deployment: SimulatedDeployment) -> None:
    job = deployment.process(deployment.accept(instructions="SLEEP=600"))
    deployment.pass_time(5)
    deployment.gateway.forget()
    deployment.run_until(deployment.is_idle)
    assert code(deployment.reload(job)) == "run_lost"


def test_a_run_that_outlives_its_time_is_stopped_and_fails(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(instructions="SLEEP=600", timeout_seconds=30)
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED)
    assert deployment.clock() < job.created_at + timedelta(seconds=30 + 180)
    assert code(deployment.reload(job)) == "timeout"
    assert deployment.gateway.find(run_key(deployment.reload(job))) is None


def test_a_run_is_not_given_up_while_the_gateway_is_away_before_its_deadline(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="SLEEP=100", timeout_seconds=600)
    deployment.run(30)
    deployment.gateway.down = deployment.loses_callbacks = True
    deployment.run(300)
    assert deployment.reload(job).phase is Phase.EXECUTION
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


@pytest.mark.parametrize(
    ("away_for", "status"),
    [
        (timedelta(seconds=60) + GATEWAY_AWAY - timedelta(minutes=3), JobStatus.COMPLETED),
        (timedelta(seconds=60) + GATEWAY_AWAY + timedelta(minutes=3), JobStatus.FAILED),
    ],
)
def test_a_run_whose_end_cannot_be_asked_for_is_given_up_some_time_after_its_deadline(
    deployment: SimulatedDeployment, away_for: timedelta, status: JobStatus
) -> None:
    deployment.loses_callbacks = True
    job = deployment.accept(timeout_seconds=60)
    deployment.run(1)
    deployment.gateway.down = True
    deployment.run(away_for.total_seconds())
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is status


def test_a_run_that_is_restarted_by_its_gateway_ends_with_what_it_said(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="SLEEP=60")
    deployment.run(10)
    deployment.gateway.restart()
    deployment.run_until(deployment.is_idle)
    assert code(deployment.reload(job)) == "run_failed"
    assert len(deployment.gateway.model_calls) == 1


# ------------------------------------------------------------------ somebody acts during the call


@pytest.mark.parametrize("during", ["add", "save"])
def test_a_cancel_during_the_call_stops_the_run_that_the_call_began(during: str) -> None:
    meanwhile = ConcurrentChange({"add": "FakeGateway.add", "save": "FakeJobs.save"}[during])
    deployment = SimulatedDeployment(meanwhile)
    job = deployment.accept(instructions="SLEEP=600")
    meanwhile.act = lambda: deployment.control.cancel("demo", job.id, "token:eve")
    with suppress(StaleJob):
        deployment.process(job)
    deployment.run_until(deployment.is_idle)
    cancelled = deployment.reload(job)
    assert cancelled.status is JobStatus.CANCELLED
    assert deployment.gateway.next_event() is None
    assert deployment.gateway.model_calls == []


# ------------------------------------------------------------------ what many tries leave behind


@pytest.mark.parametrize(
    "error",
    [
        GatewayUnavailable("503", may_have_been_accepted=True),
        GatewayUnavailable("429", may_have_been_accepted=False, retry_after_seconds=1),
    ],
    ids=["away", "busy"],
)
def test_however_often_the_gateway_is_asked_the_dispatch_is_one_step(error: GatewayError) -> None:
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", error, times=9))
    job = deployment.accept()
    deployment.run_until(deployment.is_idle)
    done = deployment.reload(job)
    assert done.status is JobStatus.COMPLETED
    assert [step.name for step in done.steps] == ["guard rails", "quality rails", "dispatch", "agent run"]
