"""A batch of SQS messages, processed one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext


def process_batch(
    event: dict[str, Any], context: LambdaContext, process: Callable[[SQSRecord], None]
) -> dict[str, Any]:
    """Returns the partial batch response: SQS delivers those messages again whose processing raised."""
    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return cast("dict[str, Any]", process_partial_response(event, process, processor, context))
