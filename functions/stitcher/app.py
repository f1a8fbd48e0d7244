"""The dispatch queue → the stitcher: each message names a job that somebody should look at."""

from __future__ import annotations

from typing import Any, cast

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.edge.log import function_logger
from mosaic.services.stitch_job import Stitcher
from mosaic.storage.job_queue import JobMessage
from stitcher.wiring import meter, stitcher

logger = function_logger()
tracer = Tracer()


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS event → partial batch response."""
    try:
        return answer(event, context, stitcher())
    finally:
        meter().flush()


def answer(event: dict[str, Any], context: LambdaContext, stitcher: Stitcher) -> dict[str, Any]:
    """Attend to every job that the batch names; a message that fails comes again, the others are done."""

    def process(record: SQSRecord) -> None:
        job_message = JobMessage.model_validate_json(record.body)
        stitcher.process(job_message.workspace_id, job_message.job_id)

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return cast("dict[str, Any]", process_partial_response(event, process, processor, context))
