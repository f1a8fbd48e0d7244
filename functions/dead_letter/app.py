"""What the stitcher could not process → its job fails, and the message goes to the dead letters."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from dead_letter.settings import Settings
from mosaic import clock
from mosaic.edge.log import function_logger
from mosaic.services.dead_letter_job import DeadLetterHandler
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.dead_letters import DeadLetterQueue
from mosaic.storage.job_queue import connect
from mosaic.storage.jobs import JobStore

logger = function_logger()
tracer = Tracer()


@cache
def handler() -> DeadLetterHandler:
    """What takes the messages, over this deployment's jobs and queues."""
    settings = Settings()
    return DeadLetterHandler(
        jobs=JobStore(settings.jobs_table),
        enqueuer=JobEnqueuer(connect(settings.queue_url), connect(settings.urgent_queue_url)),
        dead_letters=DeadLetterQueue.connect(settings.dead_letter_queue_url),
        clock=clock.now,
        tries=settings.max_tries,
    )


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """SQS event → partial batch response."""
    return answer(event, context, handler())


def answer(event: dict[str, Any], context: LambdaContext, handler: DeadLetterHandler) -> dict[str, Any]:
    """Take every message of the batch; one that fails comes again, the others are done."""

    def take(record: SQSRecord) -> None:
        sent_at = datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC)
        handler.handle(record.body, sent_at)

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return cast("dict[str, Any]", process_partial_response(event, take, processor, context))
