"""The priority queue of a job's message, and the runs that get a token for reports."""

from __future__ import annotations

import pytest

from mosaic.access.model import Grant, Workspace
from mosaic.services import dispatch_intent
from mosaic.services.enqueue_job import URGENT_FROM_PRIORITY, JobEnqueuer
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.job_queue import FakeQueue

ENDPOINTS = dispatch_intent.RunEndpoints(
    callback_url="https://a.test/c", report_url="https://a.test/r", report_token="run.t"
)


@pytest.mark.parametrize(
    ("priority", "urgent"), [(0, False), (6, False), (URGENT_FROM_PRIORITY, True), (9, True)]
)
def test_urgent_job_uses_the_urgent_queue(
    deployment: SimulatedDeployment, priority: int, urgent: bool
) -> None:
    default, urgent_queue = FakeQueue(deployment.clock), FakeQueue(deployment.clock)
    JobEnqueuer(default, urgent_queue).enqueue(deployment.accept(priority=priority), deployment.clock())
    assert (len(default.messages), len(urgent_queue.messages)) == ((0, 1) if urgent else (1, 0))


@pytest.mark.parametrize("granted", [True, False])
def test_only_networked_run_gets_a_report_url(deployment: SimulatedDeployment, granted: bool) -> None:
    if granted:
        grant = Grant(profile="weaver", capability="net:egress")
        deployment.access.put_workspace(Workspace(id="demo", grants=(grant,)))
    job = deployment.process(
        deployment.accept(profile="weaver", requested_capabilities=("net:egress",) if granted else ())
    )
    message = dispatch_intent.run_request(job, ENDPOINTS).message
    assert (ENDPOINTS.report_url in message, ENDPOINTS.report_token in message) == (granted, granted)
