"""Two stitchers reconcile one run at its deadline: a run that one has stopped is no failed run for the other."""

from __future__ import annotations

from contextlib import suppress

import pytest

from mosaic.jobs.errors import StaleJob
from mosaic.jobs.states import JobStatus, Phase
from tests.fakes.crash_injector import ConcurrentChange
from tests.fakes.simulated_deployment import SimulatedDeployment


@pytest.mark.parametrize(
    "before", ["FakeGateway.outcome", "FakeGateway.find", "FakeGateway.remove", "FakeJobs.save"]
)
def test_run_stopped_by_another_stitcher_timed_out(before: str) -> None:
    meanwhile = ConcurrentChange(before)
    deployment = SimulatedDeployment(meanwhile)
    job = deployment.accept(instructions="SLEEP=900", timeout_seconds=120, max_attempts=3)
    deployment.run_until(lambda: deployment.reload(job).phase is Phase.EXECUTION)
    deployment.loses_callbacks = True
    deployment.pass_time(150)

    def stopped_by_another() -> None:
        declared = deployment.gateway.find(f"mosaic:{job.id}:1")
        if declared:
            deployment.gateway.remove(declared.id)

    meanwhile.act = stopped_by_another
    with suppress(StaleJob):
        deployment.process(job)
    ended = deployment.reload(job)
    assert (ended.status, ended.error and ended.error.code) == (JobStatus.FAILED, "timeout")
