"""Writes on issues: the comments of jobs from their events, and the answers to requests."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.edge.log import function_logger
from mosaic.edge.sqs import process_batch
from mosaic.forge.issue_answer import IssueAnswer
from mosaic.services.notify_issue import IssueNotifier
from mosaic.services.write_answer import AnswerWriter
from mosaic.storage.event_bus import ISSUE_ANSWERED
from notifier.wiring import answer_writer, notifier

logger = function_logger()
tracer = Tracer()


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS event with events of the bus → partial batch response."""
    return answer(event, context, notifier(), answer_writer())


def answer(
    event: dict[str, Any], context: LambdaContext, notifier: IssueNotifier, writer: AnswerWriter
) -> dict[str, Any]:
    """Writes the comments of the batch's jobs and answers; SQS delivers a failed message again."""

    def notify(record: SQSRecord) -> None:
        message = json.loads(record.body)
        detail = message["detail"]
        if message["detail-type"] == ISSUE_ANSWERED:
            given = IssueAnswer.model_validate(detail)
            called = writer.write(given)
            logger.info("answered", answer_id=given.id, outcome=given.outcome, forge_called=called)
            return
        called = notifier.notify(detail["workspaceId"], detail["jobId"])
        logger.info("notified", job_id=detail["jobId"], version=detail["version"], forge_called=called)

    return process_batch(event, context, notify)
