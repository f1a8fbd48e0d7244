"""The line: jobs that wait for a place or for the gateway, called in order, the more urgent before the older."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.jobs import lifecycle, slots
from mosaic.jobs.model import Job
from mosaic.jobs.states import Waiting
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.jobs import Jobs

# How many are called when one leaves the line. Of those that the gateway kept waiting, two: so many start ever
# faster, but never all at once.
CALLED = {Waiting.SLOT: 1, Waiting.GATEWAY: 2}
# By then an index tells of a job that has just come to the line.
SETTLED = timedelta(seconds=5)
# Whoever stands first looks this often by themselves; all others are called, and look only in case that fails.
FIRST_LOOKS = timedelta(minutes=1)
OTHERS_LOOK = timedelta(minutes=30)


class WaitQueue:
    """Whose turn it is next. Nobody is ever counted: who waits is read from the jobs."""

    def __init__(self, jobs: Jobs, enqueuer: JobEnqueuer, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._clock = clock

    def enqueue_first(self, workspace_id: str, why: Waiting, behind: str | None = None) -> None:
        """Wake those who stand first, or first behind a place; they see for themselves whether it is their turn."""
        now = self._clock()
        for job in self._jobs.waiting(workspace_id, why, CALLED[why], behind):
            self._enqueuer.enqueue(job, now, now)

    def job_changed(self, old: Job | None, new: Job) -> None:
        """A job has changed: whoever may go on because of that is woken. Told again, it does so again."""
        if old is None or old.version == new.version:
            return
        for why in CALLED:
            if old.waiting is why and new.waiting is not why:
                self.enqueue_first(new.workspace_id, why, old.queue_position)
        if slots.frees_slot(old, new):
            self.enqueue_first(new.workspace_id, Waiting.SLOT)

    def recheck_later(self, job: Job, why: Waiting) -> bool:
        """The job goes on waiting, and looks now and then; whether it is known to stand first.

        One that has just come looks once more when the indexes know of it, for until then nobody may have called it.
        """
        now = self._clock()
        settled = job.change.at + SETTLED
        if now < settled:
            self._enqueuer.enqueue(job, now, settled)
            return False
        first = self._is_first(job, why)
        wait = FIRST_LOOKS if first else lifecycle.backoff(job.id, 1, OTHERS_LOOK, OTHERS_LOOK)
        self._jobs.defer(job, now + wait)
        return first

    def _is_first(self, job: Job, why: Waiting) -> bool:
        return all(
            job.queue_position <= first.queue_position
            for first in self._jobs.waiting(job.workspace_id, why, 1)
        )
