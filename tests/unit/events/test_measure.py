"""What each step of a job's life is counted for."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.events.measure import measure
from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.metrics import Measurement, Metric
from mosaic.money import Price, Prices
from tests.fakes.simulated_deployment import SimulatedDeployment

PRICES = Prices(currency="USD", models={"fake-1": Price(input=Decimal(1), output=Decimal(1))})


def lived(deployment: SimulatedDeployment, **fields: Any) -> list[Measurement]:
    """Everything that is measured of a job until it ends."""
    job = deployment.accept(**fields)
    deployment.run_until(lambda: deployment.reload(job).status in ENDED, hours=1)
    return [one for old, new in deployment.jobs.stream if new.id == job.id for one in measure(old, new)]


def counted(told: list[Measurement]) -> Counter[Metric]:
    return Counter(one.metric for one in told)


def value(told: list[Measurement], metric: Metric) -> float:
    (one,) = (one.value for one in told if one.metric is metric)
    return one


def test_a_job_that_goes_well() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", prices=PRICES))
    told = lived(deployment)
    assert counted(told) == Counter(
        [
            Metric.JOBS_CREATED,
            Metric.JOBS_STARTED,
            Metric.QUEUE_LATENCY,
            Metric.DISPATCH_LATENCY,
            Metric.RUN_DURATION,
            Metric.TOKENS_INPUT,
            Metric.TOKENS_OUTPUT,
            Metric.COST,
            Metric.JOBS_COMPLETED,
        ]
    )
    tokens = value(told, Metric.TOKENS_INPUT) + value(told, Metric.TOKENS_OUTPUT)
    assert value(told, Metric.COST) == pytest.approx(tokens / 10**6)
    assert value(told, Metric.RUN_DURATION) > 0
    assert {one.currency for one in told if one.metric is Metric.COST} == {"USD"}


def test_a_job_that_fails_and_is_tried_again_is_counted_for_both_attempts() -> None:
    told = counted(lived(SimulatedDeployment(), instructions="FAIL500", max_attempts=2))
    assert (told[Metric.JOBS_RETRIED], told[Metric.JOBS_STARTED], told[Metric.RUN_DURATION]) == (1, 2, 2)
    assert told[Metric.JOBS_FAILED] == 1


def test_a_gateway_that_is_away_is_counted_by_its_calls() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", max_dispatch_tries=3))
    deployment.gateway.down = True
    told = counted(lived(deployment))
    assert (told[Metric.DISPATCH_FAILURES], told[Metric.JOBS_STARTED]) == (3, 1)
    assert told[Metric.DISPATCH_LATENCY] == 0


def test_why_a_job_was_not_dispatched_is_told_apart() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", daily_budget=DailyBudget(tokens=0)))
    assert counted(lived(deployment))[Metric.JOBS_HELD_BY_BUDGET] == 1


def test_gates_and_the_line_are_counted() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", max_running=1))
    job = deployment.accept(type="code-task", profile="weaver", repository="acme/shop")
    deployment.accept()
    deployment.run(30)
    for gate in deployment.reload(job).gates:
        deployment.report(job, gate.id)
    told = counted([one for old, new in deployment.jobs.stream for one in measure(old, new)])
    assert told[Metric.GATES_PASSED] == len(deployment.reload(job).gates)
    assert told[Metric.JOBS_WAITED_FOR_SLOT] == 1


def test_a_rewrite_of_the_same_version_is_counted_for_nothing() -> None:
    deployment = SimulatedDeployment()
    job: Job = deployment.accept()
    assert measure(job, job) == ()
