"""Updates the comments on the issues of jobs from the jobs' events."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.edge.log import function_logger
from mosaic.edge.sqs import process_batch
from mosaic.services.notify_issue import IssueNotifier
from notifier.wiring import notifier

logger = function_logger()
tracer = Tracer()


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS event with events of the bus → partial batch response."""
    return answer(event, context, notifier())


def answer(event: dict[str, Any], context: LambdaContext, notifier: IssueNotifier) -> dict[str, Any]:
    """Updates the comments of the batch's jobs; SQS delivers a failed message again."""

    def notify(record: SQSRecord) -> None:
        detail = json.loads(record.body)["detail"]
        called = notifier.notify(detail["workspaceId"], detail["jobId"])
        logger.info("notified", job_id=detail["jobId"], version=detail["version"], forge_called=called)

    return process_batch(event, context, notify)
