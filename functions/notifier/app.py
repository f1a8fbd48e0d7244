"""Events of jobs → the comment on the issue that each job came from."""

from __future__ import annotations

import json
from typing import Any, cast

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.edge.log import function_logger
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
    """Bring the comments of the batch's jobs up to date; what fails comes again, the others are done."""

    def notify(record: SQSRecord) -> None:
        detail = json.loads(record.body)["detail"]
        told = notifier.notify(detail["workspaceId"], detail["jobId"])
        logger.info("notified", job_id=detail["jobId"], version=detail["version"], told=told)

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return cast("dict[str, Any]", process_partial_response(event, notify, processor, context))
