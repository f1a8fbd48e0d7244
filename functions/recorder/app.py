"""The stream of the jobs table → the event log. In order: the first record that fails stops the batch."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.events.log import EventLog, EventStore
from mosaic.flows.record import record
from mosaic.jobs.store import from_image
from recorder.settings import Settings

logger = Logger()
tracer = Tracer()


@cache
def log() -> EventStore:
    """The event log of this deployment."""
    return EventStore(Settings().events_table)


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """DynamoDB stream event → partial batch response."""
    return answer(event, log())


def answer(event: dict[str, Any], log: EventLog) -> dict[str, Any]:
    """Record the batch up to the first failure, from which on Lambda delivers it again."""
    for entry in event["Records"]:
        try:
            _record(entry, log)
        except Exception:
            sequence = entry["dynamodb"]["SequenceNumber"]
            logger.exception("a version of a job was not recorded", sequence_number=sequence)
            return {"batchItemFailures": [{"itemIdentifier": sequence}]}
    return {"batchItemFailures": []}


def _record(entry: dict[str, Any], log: EventLog) -> None:
    if entry["eventName"] == "REMOVE":
        logger.warning("a job was removed from the table", keys=entry["dynamodb"]["Keys"])
        return
    images = entry["dynamodb"]
    old = from_image(images["OldImage"]) if "OldImage" in images else None
    record(old, from_image(images["NewImage"]), log)
