"""A batch of dead-lettered messages: a message that fails is delivered again, the others are done."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from dead_letter.app import answer
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.states import JobStatus
from mosaic.services.dead_letter_job import DeadLetterHandler
from tests.fakes.crash_injector import FailingCalls
from tests.fakes.simulated_deployment import SimulatedDeployment


def event(deployment: SimulatedDeployment, *bodies: str) -> dict[str, Any]:
    sent = str(int(deployment.clock().timestamp() * 1000))
    records = [
        {
            "messageId": str(number),
            "body": body,
            "attributes": {"SentTimestamp": sent},
            "eventSource": "aws:sqs",
        }
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}


def test_messages_of_a_batch_fail_independently(deployment: SimulatedDeployment) -> None:
    jobs = [deployment.accept() for _ in range(3)]
    bodies = [json.dumps({"workspaceId": "demo", "jobId": job.id}) for job in jobs]
    crashes = FailingCalls("FakeJobs.save", StaleJob("by others"), times=6)
    handler = DeadLetterHandler(
        crashes.wrap(deployment.jobs), deployment.enqueuer, deployment.dead_letters, deployment.clock, 5
    )

    failed = answer(event(deployment, *bodies, "garbage"), LambdaContext(), handler)

    assert failed == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert [deployment.reload(job).status for job in jobs] == [
        JobStatus.QUEUED,
        JobStatus.FAILED,
        JobStatus.FAILED,
    ]
    assert deployment.dead_letters.bodies == [*bodies[1:], "garbage"]


def test_batch_of_failures_is_retried_whole(deployment: SimulatedDeployment) -> None:
    deployment.dead_letters.down = True
    handler = DeadLetterHandler(
        deployment.jobs, deployment.enqueuer, deployment.dead_letters, deployment.clock, 5
    )
    failed = answer(event(deployment, "a", "b"), LambdaContext(), handler)
    assert [each["itemIdentifier"] for each in failed["batchItemFailures"]] == ["0", "1"]
