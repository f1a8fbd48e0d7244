"""The recorder's events: batches of the stream, and requests for repair."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.services.repair_log import LogRepair
from mosaic.storage.job_queue import QueueUnavailable
from mosaic.storage.repair_queue import RepairRequest
from recorder.app import answer, repair_log
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.dead_letters import FakeDeadLetters
from tests.fakes.storage.repair_queue import FakeStream


def repair(deployment: SimulatedDeployment, aside: FakeDeadLetters) -> LogRepair:
    return LogRepair(
        deployment.jobs,
        deployment.events,
        deployment.bus,
        deployment.stream_consumer,
        aside,
        FakeStream(),
        deployment.clock,
    )


def request(job_id: str) -> dict[str, Any]:
    repair_request = RepairRequest(workspace_id="demo", job_id=job_id, actor="token:ada")
    return {"Records": [{"body": repair_request.model_dump_json(by_alias=True), "eventSource": "aws:sqs"}]}


def test_recorded_batch_reports_no_failure(deployment: SimulatedDeployment) -> None:
    assert answer({"Records": []}, deployment.stream_consumer) == {"batchItemFailures": []}


def test_lost_record_is_delivered_again(
    deployment: SimulatedDeployment,
) -> None:
    deployment.stream_dead_letters.down = True
    entry = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "7", "NewImage": {}}}
    assert answer({"Records": [entry]}, deployment.stream_consumer) == {
        "batchItemFailures": [{"itemIdentifier": "7"}]
    }


def test_finished_repair_reports_no_failure(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    deployment.clock.forward(3600)
    assert repair_log(request(job.id), repair(deployment, deployment.stream_dead_letters)) == {
        "batchItemFailures": []
    }
    assert deployment.events.page("demo", job.id, None, 99)


def test_failed_repair_is_delivered_again(deployment: SimulatedDeployment) -> None:
    job = deployment.accept()
    deployment.clock.forward(3600)
    deployment.bus.refuses = {f"{job.id}-1-0"}
    with pytest.raises(QueueUnavailable):
        repair_log(request(job.id), repair(deployment, deployment.stream_dead_letters))
