"""A gateway that is unreachable, slow, forgetful or wrong: each attempt runs once, and each job ends."""

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


# ------------------------------------------------------------------ unreachable gateway


def test_unreachable_gateway_is_called_again(deployment: SimulatedDeployment) -> None:
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


def test_waiting_job_makes_no_early_call(
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
def test_dispatch_tries_are_limited(deployment: SimulatedDeployment, tries: int) -> None:
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


def test_automatic_retries_follow_max_attempts(deployment: SimulatedDeployment) -> None:
    deployment.access.put_workspace(Workspace(id="demo", max_dispatch_tries=1))
    deployment.gateway.down = True
    job = deployment.accept(max_attempts=3)
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED, hours=24)
    assert (deployment.reload(job).status, deployment.reload(job).attempt) == (JobStatus.FAILED, 3)


@pytest.mark.parametrize("lost_for", [1, 10, 90, 400])
def test_lost_response_does_not_repeat_the_run(deployment: SimulatedDeployment, lost_for: int) -> None:
    deployment.gateway.losing_answers = True
    job = deployment.accept()
    deployment.run(lost_for)
    deployment.gateway.losing_answers = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 1


@pytest.mark.parametrize("away_for", [5, 61, 100, 400])
def test_late_dispatch_gets_a_new_start_time(deployment: SimulatedDeployment, away_for: int) -> None:
    deployment.gateway.down = True
    job = deployment.accept()
    deployment.run(away_for)
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 1


@pytest.mark.parametrize("away_for", [12, 40, 100])
def test_late_run_keeps_its_full_timeout(deployment: SimulatedDeployment, away_for: int) -> None:
    deployment.gateway.down = True
    job = deployment.accept(timeout_seconds=10, instructions="SLEEP=7")
    deployment.run(away_for)
    deployment.gateway.down = False
    deployment.run_until(deployment.is_idle)
    assert code(deployment.reload(job)) is None
    assert deployment.reload(job).status is JobStatus.COMPLETED


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (GatewayRefused("INVALID_REQUEST", "unknown agent"), "gateway_refused"),
        (GatewayUnauthorized("the gateway does not accept the token (401)"), "gateway_unavailable"),
    ],
)
def test_refused_job_fails_with_the_gateways_reason(error: GatewayError, expected: str) -> None:
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", error))
    deployment.access.put_workspace(Workspace(id="demo", max_dispatch_tries=3))
    job = deployment.accept()
    deployment.run_until(deployment.is_idle, hours=2)
    failed = deployment.reload(job)
    assert (failed.status, code(failed)) == (JobStatus.FAILED, expected)
    assert failed.error
    assert str(error) in failed.error.title


def test_corrected_token_lets_the_job_run() -> None:
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", GatewayUnauthorized("401"), times=3))
    job = deployment.accept()
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED


def test_clock_ahead_limits_the_dispatch_tries() -> None:
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
def test_busy_gateway_is_called_after_its_wait(wait: int) -> None:
    busy = GatewayUnavailable("429", may_have_been_accepted=False, retry_after_seconds=wait)
    calls = FailingCalls("FakeGateway.add", busy, times=1)
    deployment = SimulatedDeployment(calls)
    job = deployment.process(deployment.accept())
    assert job.status is JobStatus.QUEUED
    assert job.retry_at == deployment.clock() + timedelta(seconds=wait)
    deployment.run_until(deployment.is_idle)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert calls.calls.count("FakeGateway.add") == 1


def test_possibly_accepted_dispatch_keeps_its_time() -> None:
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


def test_slow_gateway_takes_one_dispatch_a_minute(
    deployment: SimulatedDeployment,
) -> None:
    deployment.gateway.limit = WriteLimit(1)
    jobs = [deployment.accept(instructions=f"Task {number}") for number in range(5)]
    deployment.run(60 * len(jobs))
    assert [deployment.reload(job).status for job in jobs] == [JobStatus.COMPLETED] * len(jobs)


# ------------------------------------------------------------------ accepted runs


def test_always_busy_gateway_fails_the_job() -> None:
    busy = GatewayUnavailable("429", may_have_been_accepted=False, retry_after_seconds=300)
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", busy))
    job = deployment.accept()
    deployment.run_until(deployment.is_idle, hours=48)
    ended = deployment.reload(job)
    assert ended.error is not None
    assert (ended.status, ended.error.code) == (JobStatus.FAILED, "gateway_unavailable")


def test_lost_callback_is_reconciled(deployment: SimulatedDeployment) -> None:
    deployment.loses_callbacks = True
    job = deployment.accept()
    deployment.run(300)
    assert deployment.reload(job).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 1


def test_forgotten_run_fails_the_job(deployment: SimulatedDeployment) -> None:
    job = deployment.process(deployment.accept(instructions="SLEEP=600"))
    deployment.pass_time(5)
    deployment.gateway.forget()
    deployment.run_until(deployment.is_idle)
    assert code(deployment.reload(job)) == "run_lost"


def test_overdue_run_is_stopped_and_fails(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(instructions="SLEEP=600", timeout_seconds=30)
    deployment.run_until(lambda: deployment.reload(job).status is JobStatus.FAILED)
    assert deployment.clock() < job.created_at + timedelta(seconds=30 + 180)
    assert code(deployment.reload(job)) == "timeout"
    assert deployment.gateway.find(run_key(deployment.reload(job))) is None


def test_outage_before_the_deadline_keeps_the_run(
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
def test_unknown_outcome_fails_after_the_deadline(
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


def test_restarted_run_ends_with_its_own_outcome(
    deployment: SimulatedDeployment,
) -> None:
    job = deployment.accept(instructions="SLEEP=60")
    deployment.run(10)
    deployment.gateway.restart()
    deployment.run_until(deployment.is_idle)
    assert code(deployment.reload(job)) == "run_failed"
    assert len(deployment.gateway.model_calls) == 1


# ------------------------------------------------------------------ changes during the call


@pytest.mark.parametrize("during", ["add", "save"])
def test_cancel_during_dispatch_stops_the_run(during: str) -> None:
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


# ------------------------------------------------------------------ many tries


@pytest.mark.parametrize(
    "error",
    [
        GatewayUnavailable("503", may_have_been_accepted=True),
        GatewayUnavailable("429", may_have_been_accepted=False, retry_after_seconds=1),
    ],
    ids=["away", "busy"],
)
def test_repeated_dispatches_keep_one_step(error: GatewayError) -> None:
    deployment = SimulatedDeployment(FailingCalls("FakeGateway.add", error, times=9))
    job = deployment.accept()
    deployment.run_until(deployment.is_idle)
    done = deployment.reload(job)
    assert done.status is JobStatus.COMPLETED
    assert [step.name for step in done.steps] == ["guard rails", "quality rails", "dispatch", "agent run"]
