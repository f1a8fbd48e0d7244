"""Enqueues every job whose due time has come, once a minute."""

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
from mosaic.storage.jobs import JobStore
from sweeper.settings import Settings

logger = function_logger()
tracer = Tracer()


@cache
def sweep() -> DueJobSweep:
    """Returns the sweep of this deployment."""
    settings = Settings()
    enqueuer = JobEnqueuer.connect(settings.queue_url, settings.urgent_queue_url)
    # A thread for each shard. They wait for DynamoDB and SQS, and need little processor time.
    shards = ThreadPoolExecutor(DUE_SHARDS, thread_name_prefix="shard")
    return DueJobSweep(JobStore(settings.jobs_table), enqueuer, meter(), clock.now, shards.map)


@cache
def meter() -> EmfMeter:
    """Returns the sweeper's meter, which keeps measurements until they are flushed."""
    return EmfMeter()


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """A tick of the schedule → the number of enqueued jobs."""
    try:
        return answer(sweep())
    finally:
        meter().flush()


def answer(sweep: DueJobSweep) -> dict[str, Any]:
    """Sweeps once; returns the number of enqueued jobs."""
    sent = sweep.sweep()
    logger.info("swept", enqueued=sent)
    return {"enqueued": sent}


prepare(sweep)
