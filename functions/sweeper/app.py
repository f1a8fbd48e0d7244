"""Every minute: the stitcher is woken for every job whose due time has come."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic import clock
from mosaic.edge.emf import EmfMeter
from mosaic.edge.log import function_logger
from mosaic.edge.start import prepare
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.sweep_due_jobs import DueJobSweep
from mosaic.storage.job_queue import connect
from mosaic.storage.jobs import JobStore
from sweeper.settings import Settings

logger = function_logger()
tracer = Tracer()


@cache
def sweep() -> DueJobSweep:
    """The sweep over this deployment's jobs."""
    settings = Settings()
    enqueuer = JobEnqueuer(connect(settings.queue_url), connect(settings.urgent_queue_url))
    # A thread for each shard; they wait for DynamoDB and SQS, and need next to no processor.
    shards = ThreadPoolExecutor(DUE_SHARDS, thread_name_prefix="shard")
    return DueJobSweep(JobStore(settings.jobs_table), enqueuer, meter(), clock.now, shards.map)


@cache
def meter() -> EmfMeter:
    """What the sweeper measures, until it is written."""
    return EmfMeter()


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A tick of the schedule → how many jobs were due."""
    try:
        return answer(sweep())
    finally:
        meter().flush()


def answer(sweep: DueJobSweep) -> dict[str, Any]:
    """Sweep once."""
    sent = sweep.sweep()
    logger.info("swept", woken=sent)
    return {"woken": sent}


prepare(sweep)
