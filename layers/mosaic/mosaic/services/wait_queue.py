"""The wait queue: jobs that wait for a slot or for the gateway, by priority and then by age."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.jobs import lifecycle, slots
from mosaic.jobs.model import Job
from mosaic.jobs.states import Waiting
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.jobs import Jobs

# How many waiting jobs are enqueued when one leaves the queue. Two after a gateway outage: the number of runs then
# grows ever faster, but not all jobs start at once.
ENQUEUED_AT_ONCE = {Waiting.SLOT: 1, Waiting.GATEWAY: 2}
# After this time, the index contains a job that has just begun to wait.
INDEX_DELAY = timedelta(seconds=5)
# The first job of the queue rechecks often. The others are enqueued by events, and recheck only in case that fails.
FIRST_RECHECK = timedelta(minutes=1)
OTHER_RECHECK = timedelta(minutes=30)


class WaitQueue:
    """Enqueues the next waiting jobs. It stores nothing: the queue is read from the jobs."""

    def __init__(self, jobs: Jobs, enqueuer: JobEnqueuer, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._clock = clock

    def enqueue_first(self, workspace_id: str, why: Waiting, behind: str | None = None) -> None:
        """Enqueues the first waiting jobs, or the first behind a queue position; each then asks for admission."""
        now = self._clock()
        for job in self._jobs.waiting(workspace_id, why, ENQUEUED_AT_ONCE[why], behind):
            self._enqueuer.enqueue(job, now, now)

    def job_changed(self, old: Job | None, new: Job) -> None:
        """Enqueues the jobs that this change unblocks; may be called again for the same change."""
        if old is None or old.version == new.version:
            return
        for why in ENQUEUED_AT_ONCE:
            if old.waiting is why and new.waiting is not why:
                self.enqueue_first(new.workspace_id, why, old.queue_position)
        if slots.slot_becomes_free(old, new):
            self.enqueue_first(new.workspace_id, Waiting.SLOT)

    def recheck_later(self, job: Job, why: Waiting) -> bool:
        """Schedules the next recheck of a job that keeps waiting; returns whether it is known to be the first.

        A job that has just begun to wait rechecks once after INDEX_DELAY, because the index may not have it yet.
        """
        now = self._clock()
        indexed_at = job.change.at + INDEX_DELAY
        if now < indexed_at:
            self._enqueuer.enqueue(job, now, indexed_at)
            return False
        is_first = self._is_first(job, why)
        wait = FIRST_RECHECK if is_first else lifecycle.backoff(job.id, 1, OTHER_RECHECK, OTHER_RECHECK)
        self._jobs.defer(job, now + wait)
        return is_first

    def _is_first(self, job: Job, why: Waiting) -> bool:
        return all(
            job.queue_position <= first.queue_position
            for first in self._jobs.waiting(job.workspace_id, why, 1)
        )
