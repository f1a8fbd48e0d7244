"""Processes the jobs that the messages of the dispatch queues name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.edge.log import function_logger
from mosaic.edge.sqs import process_batch
from mosaic.services.stitch_job import Stitcher
from mosaic.storage.job_queue import JobMessage
from stitcher.wiring import meter, stitcher_of

logger = function_logger()
tracer = Tracer()


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS event → partial batch response."""
    try:
        return answer(event, context, stitcher_of)
    finally:
        meter().flush()


def answer(
    event: dict[str, Any], context: LambdaContext, stitcher_of: Callable[[str], Stitcher]
) -> dict[str, Any]:
    """Processes every job that the batch names; SQS delivers a failed message again.

    `stitcher_of` returns the stitcher of a workspace.
    """

    def process(record: SQSRecord) -> None:
        message = JobMessage.model_validate_json(record.body)
        stitcher_of(message.workspace_id).process(message.workspace_id, message.job_id)

    return process_batch(event, context, process)
