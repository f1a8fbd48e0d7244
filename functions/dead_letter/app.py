"""Fails the jobs of messages that the stitcher could not process, and stores the messages as dead letters."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from dead_letter.settings import Settings
from mosaic import clock
from mosaic.edge.log import function_logger
from mosaic.edge.sqs import process_batch
from mosaic.services.dead_letter_job import DeadLetterHandler
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.dead_letters import DeadLetterQueue
from mosaic.storage.jobs import JobStore

logger = function_logger()
tracer = Tracer()


@cache
def handler() -> DeadLetterHandler:
    """Returns the dead-letter handler of this deployment."""
    settings = Settings()
    return DeadLetterHandler(
        jobs=JobStore(settings.jobs_table),
        enqueuer=JobEnqueuer.connect(settings.queue_url, settings.urgent_queue_url),
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
    """Handles every message of the batch; SQS delivers a failed message again."""

    def handle(record: SQSRecord) -> None:
        sent_at = datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC)
        handler.handle(record.body, sent_at)

    return process_batch(event, context, handle)
