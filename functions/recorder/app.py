"""The stream of the jobs table → the event log, the line and the bus; and repairs of the log.

Nobody else may write the log, so that whoever wants it repaired asks here.
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
from recorder.wiring import intake, meter, repair

logger = function_logger()
tracer = Tracer()

QUEUE = "aws:sqs"


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """DynamoDB stream event, or SQS event with a request for repair → partial batch response."""
    try:
        if event["Records"][0]["eventSource"] == QUEUE:
            return mend(event, repair())
        return answer(event, intake())
    finally:
        meter().flush()


def answer(event: dict[str, Any], intake: StreamConsumer) -> dict[str, Any]:
    """Record the batch; from the first record that AWS does not take now on, Lambda delivers it again."""
    failed = intake.consume(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}


def mend(event: dict[str, Any], repair: LogRepair) -> dict[str, Any]:
    """Do the one repair of the batch; what raises comes again."""
    for entry in event["Records"]:
        request = RepairRequest.model_validate_json(entry["body"])
        missing = repair.repair(request)
        logger.info("repaired", job_id=request.job_id, still_missing=list(missing))
    return {"batchItemFailures": []}


prepare(intake)
