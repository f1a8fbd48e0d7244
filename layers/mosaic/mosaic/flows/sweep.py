"""Sweep: every job whose due time has come gets the stitcher's attention again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from mosaic.base import rfc3339
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.queue import Queue, QueueUnavailable, Wake
from mosaic.jobs.store import Jobs
from mosaic.metrics import Measured, Meter, Metric

logger = Logger(child=True)

# Longer than the message needs at a quiet time, short enough that a lost one costs minutes.
LOOK_AGAIN = timedelta(minutes=2)
# What has been due for longer was passed over: the sweeps do not keep up, or did not happen.
OVERDUE = timedelta(minutes=5)
# Two calls for each, one after the other: all shards fit into half of the function's minute.
MOST_PER_SHARD = 150


class SweepIncomplete(Exception):
    """Some shards failed; the next sweep takes them up again."""


class Sweep:
    """The alarm clock: it wakes, the stitcher does."""

    def __init__(self, jobs: Jobs, queue: Queue, meter: Meter, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._queue = queue
        self._meter = meter
        self._clock = clock

    def sweep(self) -> int:
        """Send a message for every due job, at most MOST_PER_SHARD a shard; answers how many were sent.

        The due time is moved on first, so that two sweepers send one message; a message that is then not sent
        comes LOOK_AGAIN later. A shard that fails holds up no other; then raises SweepIncomplete. How many are
        overdue is measured, also when it is none.
        """
        sent, failed = 0, []
        for shard in range(DUE_SHARDS):
            try:
                sent += self._sweep_shard(shard)
            except Exception:
                logger.exception("a shard was not swept to its end", shard=shard)
                failed.append(shard)
        if failed:
            raise SweepIncomplete(f"shards {failed} were not swept to their end; {sent} jobs were woken")
        return sent

    def _sweep_shard(self, shard: int) -> int:
        now, sent = self._clock(), 0
        found = self._jobs.due(shard, now, MOST_PER_SHARD)
        late = rfc3339(now - OVERDUE)
        self._meter(Measured(Metric.JOBS_OVERDUE, sum(due.due_at < late for due in found)))
        for due in found:
            if not self._jobs.postpone(due, now + LOOK_AGAIN):
                continue
            try:
                self._queue.send(Wake(workspace_id=due.workspace_id, job_id=due.job_id))
                sent += 1
            except QueueUnavailable as error:
                logger.warning("the next sweep will find the job", job_id=due.job_id, reason=str(error))
        return sent
