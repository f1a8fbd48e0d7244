"""The measurements of each change of a job."""

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


def measured(deployment: SimulatedDeployment, **fields: Any) -> list[Measurement]:
    """Returns all measurements of a job until it ends."""
    job = deployment.accept(**fields)
    deployment.run_until(lambda: deployment.reload(job).status in ENDED, hours=1)
    return [
        measurement
        for old, new in deployment.jobs.stream
        if new.id == job.id
        for measurement in measure(old, new)
    ]


def counted(measurements: list[Measurement]) -> Counter[Metric]:
    return Counter(measurement.metric for measurement in measurements)


def value(measurements: list[Measurement], metric: Metric) -> float:
    (measurement,) = (measurement.value for measurement in measurements if measurement.metric is metric)
    return measurement


def test_successful_job_is_measured() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", prices=PRICES))
    measurements = measured(deployment)
    assert counted(measurements) == Counter(
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
    tokens = value(measurements, Metric.TOKENS_INPUT) + value(measurements, Metric.TOKENS_OUTPUT)
    assert value(measurements, Metric.COST) == pytest.approx(tokens / 10**6)
    assert value(measurements, Metric.RUN_DURATION) > 0
    assert {measurement.currency for measurement in measurements if measurement.metric is Metric.COST} == {
        "USD"
    }


def test_retried_job_counts_both_attempts() -> None:
    measurements = counted(measured(SimulatedDeployment(), instructions="FAIL500", max_attempts=2))
    assert (
        measurements[Metric.JOBS_RETRIED],
        measurements[Metric.JOBS_STARTED],
        measurements[Metric.RUN_DURATION],
    ) == (1, 2, 2)
    assert measurements[Metric.JOBS_FAILED] == 1


def test_failed_gateway_calls_are_counted() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", max_dispatch_tries=3))
    deployment.gateway.down = True
    measurements = counted(measured(deployment))
    assert (measurements[Metric.DISPATCH_FAILURES], measurements[Metric.JOBS_STARTED]) == (3, 1)
    assert measurements[Metric.DISPATCH_LATENCY] == 0


def test_reasons_for_no_dispatch_are_separate_metrics() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", daily_budget=DailyBudget(tokens=0)))
    assert counted(measured(deployment))[Metric.JOBS_HELD_BY_BUDGET] == 1


def test_gates_and_wait_for_slot_are_counted() -> None:
    deployment = SimulatedDeployment()
    deployment.access.put_workspace(Workspace(id="demo", max_running=1))
    job = deployment.accept(type="code-task", profile="weaver", repository="acme/shop")
    deployment.accept()
    deployment.run(30)
    deployment.push(job)
    for gate in deployment.reload(job).gates:
        deployment.report(job, gate.id)
    measurements = counted(
        [measurement for old, new in deployment.jobs.stream for measurement in measure(old, new)]
    )
    assert measurements[Metric.GATES_PASSED] == len(deployment.reload(job).gates)
    assert measurements[Metric.JOBS_WAITED_FOR_SLOT] == 1


def test_same_version_gives_no_measurement() -> None:
    deployment = SimulatedDeployment()
    job: Job = deployment.accept()
    assert measure(job, job) == ()
