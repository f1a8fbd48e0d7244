"""The stream of the jobs table → the event log, and the line. In order: the first that fails stops the batch."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic import clock
from mosaic.edge.emf import EmfMeter
from mosaic.edge.start import prepare
from mosaic.events.log import EventStore
from mosaic.flows.line import Line
from mosaic.flows.record import Recorder
from mosaic.flows.waker import Waker
from mosaic.jobs.queue import connect
from mosaic.jobs.store import JobStore, from_image
from recorder.settings import Settings

logger = Logger()
tracer = Tracer()


@cache
def meter() -> EmfMeter:
    """What the recorder measures, until it is written."""
    return EmfMeter()


@cache
def recorder() -> Recorder:
    """The recorder over this deployment's log, jobs and queues."""
    settings = Settings()
    waker = Waker(connect(settings.queue_url), connect(settings.urgent_queue_url))
    line = Line(JobStore(settings.jobs_table), waker, clock.now)
    return Recorder(EventStore(settings.events_table), line, meter())


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """DynamoDB stream event → partial batch response."""
    try:
        return answer(event, recorder())
    finally:
        meter().flush()


def answer(event: dict[str, Any], recorder: Recorder) -> dict[str, Any]:
    """Record the batch up to the first failure, from which on Lambda delivers it again."""
    for entry in event["Records"]:
        try:
            _record(entry, recorder)
        except Exception:
            sequence = entry["dynamodb"]["SequenceNumber"]
            logger.exception("a version of a job was not recorded", sequence_number=sequence)
            return {"batchItemFailures": [{"itemIdentifier": sequence}]}
    return {"batchItemFailures": []}


def _record(entry: dict[str, Any], recorder: Recorder) -> None:
    if entry["eventName"] == "REMOVE":
        logger.warning("a job was removed from the table", keys=entry["dynamodb"]["Keys"])
        return
    images = entry["dynamodb"]
    old = from_image(images["OldImage"]) if "OldImage" in images else None
    recorder.record(old, from_image(images["NewImage"]))


prepare(recorder)
