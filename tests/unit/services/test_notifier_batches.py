"""A batch of events: an event that fails is delivered again, the comments of the others are updated."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.services.notify_issue import IssueNotifier
from mosaic.services.write_answer import AnswerWriter
from notifier.app import answer
from tests.fakes.crash_injector import FailingCalls
from tests.fakes.forge import FakeComments
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.coordination import FakeCoordination


def message(number: int, detail: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps({"source": "mosaic.stitcher", "detail-type": "job.created", "detail": detail})
    return {"messageId": str(number), "body": body, "attributes": {}, "eventSource": "aws:sqs"}


def test_events_of_a_batch_fail_independently(deployment: SimulatedDeployment) -> None:
    source = {"kind": "gitea", "actor": "gitea:ada"}
    jobs = [
        deployment.accept(repository="acme/shop", issue_number=number, source=source) for number in (1, 2)
    ]
    forge = FakeComments()
    troubled = FailingCalls("FakeComments.create", RuntimeError("once"), times=1).wrap(forge)
    notifier = IssueNotifier(
        deployment.jobs, FakeCoordination(), {"gitea": lambda: troubled}, deployment.clock
    )
    records = [
        message(number, {"workspaceId": "demo", "jobId": job.id, "version": 1})
        for number, job in enumerate(jobs)
    ]

    writer = AnswerWriter(FakeCoordination(), {"gitea": lambda: troubled}, deployment.clock)
    failed = answer({"Records": records}, LambdaContext(), notifier, writer)

    assert failed == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert [each.issue for each in forge.comments] == [2]
