"""Sweep: every job whose due time has come gets the stitcher's attention again."""

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

# Longer than the message needs at a quiet time, short enough that a lost one costs minutes.
RECHECK_AFTER = timedelta(minutes=2)
# What has been due for longer was passed over: the sweeps do not keep up, or did not happen.
OVERDUE = timedelta(minutes=5)
# Keys of due jobs that are read of a shard: of all shards, more than the jobs that one workspace may have due at once.
MAX_READ_PER_SHARD = 20_000
# Two calls for each, one after the other: a shard takes ten seconds of the function's minute.
MAX_ENQUEUED = 500


class SweepIncomplete(Exception):
    """Some shards failed; the next sweep takes them up again."""


@dataclass(frozen=True)
class ShardResult:
    """What came of a shard; how many are overdue is not known of one that failed."""

    shard: int
    sent: int = 0
    overdue: int | None = None


Each = Callable[[Callable[[int], ShardResult], Iterable[int]], Iterator[ShardResult]]
"""Calls a function for each shard, one after the other as `map` does or all at once; answers in their order"""


class DueJobSweep:
    """The alarm clock: it wakes, the stitcher does."""

    def __init__(
        self, jobs: Jobs, enqueuer: JobEnqueuer, meter: Meter, clock: Callable[[], datetime], each: Each = map
    ) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._meter = meter
        self._clock = clock
        self._each = each

    def sweep(self) -> int:
        """Send a message for every due job, at most MAX_ENQUEUED a shard; answers how many were sent.

        Each goes into the lane that the job's priority calls for. Where not all can be woken, workspaces take turns, so
        that one with very many due jobs holds up no other. The due time is moved on first, so that two sweepers send
        one message; a message that is then not sent comes RECHECK_AFTER later. A shard that fails holds up no other; then
        raises SweepIncomplete. How many are overdue is measured, also when it is none.
        """
        swept = list(self._each(self._try, range(DUE_SHARDS)))
        for one in swept:
            if one.overdue is not None:
                self._meter(Measurement(Metric.JOBS_OVERDUE, one.overdue))
        sent, failed = sum(one.sent for one in swept), [one.shard for one in swept if one.overdue is None]
        if failed:
            raise SweepIncomplete(f"shards {failed} were not swept to their end; {sent} jobs were woken")
        return sent

    def _try(self, shard: int) -> ShardResult:
        try:
            return self._shard(shard)
        except Exception:
            logger.exception("a shard was not swept to its end", shard=shard)
            return ShardResult(shard)

    def _shard(self, shard: int) -> ShardResult:
        now, sent = self._clock(), 0
        found = self._jobs.due(shard, now, MAX_READ_PER_SHARD)
        late = rfc3339(now - OVERDUE)
        for due in round_robin(found, MAX_ENQUEUED):
            sent += self._enqueue(due, now)
        return ShardResult(shard, sent, sum(due.due_at < late for due in found))

    def _enqueue(self, due: DueJob, now: datetime) -> bool:
        try:
            job = self._jobs.postpone(due, now + RECHECK_AFTER)
        except ValidationError:
            # Nobody can process its message, and so it comes to the dead letters, for people, and out of the sweeps.
            logger.exception("a due job cannot be read", job_id=due.job_id)
            return self._enqueuer.enqueue_unread(due.workspace_id, due.job_id)
        return job is not None and self._enqueuer.enqueue(job, now, now)


def round_robin(found: Iterable[DueJob], most: int) -> list[DueJob]:
    """At most so many of these, which are in order of their due times: the first of each workspace, then the second
    of each, and so on.
    """
    places: Counter[str] = Counter()
    turns = []
    for due in found:
        turns.append((places[due.workspace_id], due.due_at, due))
        places[due.workspace_id] += 1
    return [due for *_, due in sorted(turns, key=lambda turn: turn[:2])[:most]]
