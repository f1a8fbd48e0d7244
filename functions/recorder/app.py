"""Records the jobs table's stream in the event log and on the bus, enqueues waiting jobs, and repairs logs.

Only this function may write the log, so requests for repairs come here too.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.edge.log import function_logger
from mosaic.edge.start import prepare
from mosaic.services.consume_stream import StreamConsumer
from mosaic.services.repair_log import LogRepair
from mosaic.storage.repair_queue import RepairRequest
from recorder.wiring import log_repair, meter, stream_consumer

logger = function_logger()
tracer = Tracer()

QUEUE = "aws:sqs"


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """DynamoDB stream event, or SQS event with a request for repair → partial batch response."""
    try:
        if event["Records"][0]["eventSource"] == QUEUE:
            return repair_log(event, log_repair())
        return answer(event, stream_consumer())
    finally:
        meter().flush()


def answer(event: dict[str, Any], consumer: StreamConsumer) -> dict[str, Any]:
    """Records the batch; Lambda delivers it again from the first record that was not stored."""
    failed = consumer.consume(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}


def repair_log(event: dict[str, Any], repair: LogRepair) -> dict[str, Any]:
    """Runs the repair that the batch requests; SQS delivers a failed request again."""
    for record in event["Records"]:
        request = RepairRequest.model_validate_json(record["body"])
        missing = repair.repair(request)
        logger.info("log repaired", job_id=request.job_id, still_missing=list(missing))
    return {"batchItemFailures": []}


prepare(stream_consumer)
