"""A workspace that has used up its daily budget dispatches no further jobs; runs in progress go on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.jobs import usage
from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.money import Price, Prices
from tests.fakes.simulated_deployment import SimulatedDeployment

DEAR = Price(input=Decimal(10), output=Decimal(10))


def completed_job(deployment: SimulatedDeployment) -> Job:
    """Returns a job whose run has reported its usage."""
    job = deployment.accept()
    deployment.run_until(lambda: deployment.reload(job).status in ENDED)
    return deployment.reload(job)


def with_prices(**fields: Any) -> SimulatedDeployment:
    """Returns a deployment in which the model of every run has a price."""
    deployment = SimulatedDeployment()
    model = completed_job(SimulatedDeployment()).result
    assert model
    assert model.model
    prices = Prices(currency="USD", models={model.model: DEAR})
    deployment.access.put_workspace(Workspace(id="demo", prices=prices, **fields))
    return deployment


def test_run_costs_follow_the_prices() -> None:
    job = completed_job(with_prices())
    assert job.usage
    assert job.result
    read, written = job.result.tokens_input or 0, job.result.tokens_output or 0
    assert read + written > 0
    assert job.usage.cost == {"USD": (Decimal(read + written) * 10 / 10**6).normalize()}
    assert job.usage.unpriced_input == 0
    assert job.view().usage == job.usage


def test_attempt_keeps_the_prices_of_its_start() -> None:
    deployment = with_prices()
    job = deployment.accept(instructions="SLEEP=30")
    deployment.run(5)
    known = deployment.access.workspace("demo")
    assert known
    deployment.access.configure(
        known, known.model_copy(update={"prices": None, "version": known.version + 1})
    )
    deployment.run_until(lambda: deployment.reload(job).status in ENDED)
    shown = deployment.reload(job).usage
    assert shown
    assert shown.cost != {}


@pytest.mark.parametrize(
    ("budget", "detail"),
    [(DailyBudget(tokens=1), "of 1 tokens"), (DailyBudget(cost=Decimal("0.000001")), "of 0.000001 USD")],
)
def test_exhausted_budget_fails_the_next_job(budget: DailyBudget, detail: str) -> None:
    deployment = with_prices(daily_budget=budget)
    assert completed_job(deployment).status is JobStatus.COMPLETED
    refused = completed_job(deployment)
    assert refused.status is JobStatus.FAILED
    assert refused.error
    assert (refused.error.code, refused.error.retryable) == ("budget_exhausted", True)
    for part in ("2026-11-22", detail, "2026-11-23T00:00:00.000Z"):
        assert part in refused.error.title
    assert refused.dispatch is None
    assert len(deployment.gateway.model_calls) == 1


def test_exhausted_budget_does_not_stop_a_run() -> None:
    deployment = with_prices(daily_budget=DailyBudget(tokens=1))
    long = deployment.accept(instructions="SLEEP=60")
    deployment.run(3)
    assert completed_job(deployment).status is JobStatus.COMPLETED
    assert completed_job(deployment).error
    deployment.run_until(lambda: deployment.reload(long).status in ENDED)
    assert deployment.reload(long).status is JobStatus.COMPLETED


def test_exhausted_budget_does_not_stop_a_dispatch() -> None:
    deployment = with_prices(daily_budget=DailyBudget(tokens=1))
    deployment.gateway.losing_answers = True
    ordered = deployment.accept()
    deployment.run(1)
    deployment.gateway.losing_answers = False
    assert completed_job(deployment).status is JobStatus.COMPLETED
    deployment.run_until(lambda: deployment.reload(ordered).status in ENDED)
    assert deployment.reload(ordered).status is JobStatus.COMPLETED
    assert len(deployment.gateway.model_calls) == 2


def test_next_day_has_a_new_budget() -> None:
    deployment = with_prices(daily_budget=DailyBudget(tokens=1))
    completed_job(deployment)
    refused = completed_job(deployment)
    deployment.run(timedelta(hours=12).total_seconds())
    deployment.control.retry("demo", refused.id, "token:ada", role="member")
    deployment.run_until(lambda: deployment.reload(refused).status in ENDED)
    assert deployment.reload(refused).status is JobStatus.COMPLETED


def test_retry_adds_to_the_usage_of_the_job() -> None:
    deployment = with_prices()
    failing = deployment.accept(instructions="FAIL500", max_attempts=2)
    deployment.run_until(lambda: deployment.reload(failing).status in ENDED)
    attempts = usage.usage_by_attempt(deployment.reload(failing).steps)
    assert [one.attempt for one in attempts] == [1, 2]
    assert usage.total(attempts) == deployment.reload(failing).usage
