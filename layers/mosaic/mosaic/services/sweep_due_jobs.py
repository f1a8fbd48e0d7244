"""Sweep: enqueue every job whose due time has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from mosaic.base import rfc3339
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.metrics import Measurement, Meter, Metric
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.jobs import DueJob, Jobs

logger = Logger(child=True)

# Longer than a message usually takes, and short enough that a lost message costs minutes.
RECHECK_AFTER = timedelta(minutes=2)
# A job that has been due for longer counts as overdue: the sweeps do not keep up, or did not happen.
OVERDUE_AFTER = timedelta(minutes=5)
# Keys read of each shard. All shards together give more than one workspace's jobs may be due at once.
MAX_READ_PER_SHARD = 20_000
# Each job needs two calls, one after the other. A shard of this size takes ten seconds of the function's minute.
MAX_ENQUEUED = 500


class SweepIncomplete(Exception):
    """Some shards failed; the next sweep takes them up again."""


@dataclass(frozen=True)
class ShardResult:
    """The result of one shard; `overdue` is None when the shard failed."""

    shard: int
    sent: int = 0
    overdue: int | None = None


MapShards = Callable[[Callable[[int], ShardResult], Iterable[int]], Iterator[ShardResult]]
"""Calls a function for each shard, one after the other as `map` does or all at once; yields the results in order"""


class DueJobSweep:
    """Enqueues due jobs; the stitcher processes them."""

    def __init__(
        self,
        jobs: Jobs,
        enqueuer: JobEnqueuer,
        meter: Meter,
        clock: Callable[[], datetime],
        map_shards: MapShards = map,
    ) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._meter = meter
        self._clock = clock
        self._map_shards = map_shards

    def sweep(self) -> int:
        """Enqueues every due job, at most MAX_ENQUEUED of each shard; returns how many messages were sent.

        The workspaces take turns, so that many due jobs of one do not delay the others. The due time is moved first,
        so that two sweepers send one message. A message that is then not sent follows after RECHECK_AFTER. The number
        of overdue jobs is measured, also when it is 0. A failed shard does not stop the others; then raises
        SweepIncomplete.
        """
        results = list(self._map_shards(self._try_sweep_shard, range(DUE_SHARDS)))
        for result in results:
            if result.overdue is not None:
                self._meter(Measurement(Metric.JOBS_OVERDUE, result.overdue))
        sent = sum(result.sent for result in results)
        failed = [result.shard for result in results if result.overdue is None]
        if failed:
            raise SweepIncomplete(f"shards {failed} were not swept completely; {sent} jobs were enqueued")
        return sent

    def _try_sweep_shard(self, shard: int) -> ShardResult:
        try:
            return self._sweep_shard(shard)
        except Exception:
            logger.exception("a shard was not swept completely", shard=shard)
            return ShardResult(shard)

    def _sweep_shard(self, shard: int) -> ShardResult:
        now, sent = self._clock(), 0
        due_jobs = self._jobs.due(shard, now, MAX_READ_PER_SHARD)
        overdue_before = rfc3339(now - OVERDUE_AFTER)
        for due in round_robin(due_jobs, MAX_ENQUEUED):
            sent += self._enqueue(due, now)
        return ShardResult(shard, sent, sum(due.due_at < overdue_before for due in due_jobs))

    def _enqueue(self, due: DueJob, now: datetime) -> bool:
        try:
            job = self._jobs.postpone(due, now + RECHECK_AFTER)
        except ValidationError:
            # The stitcher cannot process this job either. Its message becomes a dead letter, which ends its sweeps.
            logger.exception("a due job cannot be read", job_id=due.job_id)
            return self._enqueuer.enqueue_unread(due.workspace_id, due.job_id)
        return job is not None and self._enqueuer.enqueue(job, now, now)


def round_robin(due_jobs: Iterable[DueJob], most: int) -> list[DueJob]:
    """Returns at most `most` due jobs: the first of each workspace, then the second of each, and so on.

    `due_jobs` are in order of their due times.
    """
    ranks: Counter[str] = Counter()
    ranked = []
    for due in due_jobs:
        ranked.append((ranks[due.workspace_id], due.due_at, due))
        ranks[due.workspace_id] += 1
    return [due for *_, due in sorted(ranked, key=lambda entry: entry[:2])[:most]]
