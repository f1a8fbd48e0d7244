"""Change a stored job: read, change and save it, again when another writer saved first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mosaic.jobs.errors import JobNotFound, StaleJob
from mosaic.jobs.model import Job
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.jobs import Jobs

TRIES = 6


def change(jobs: Jobs, workspace_id: str, job_id: str, step: Callable[[Job], Job]) -> tuple[Job, bool]:
    """Returns the job after `step`, and whether a new version was saved; `step` returns its argument for no change.

    Raises JobNotFound, StaleJob after TRIES conflicts in a row, and the errors of `step`.
    """
    for _ in range(TRIES):
        job = jobs.get(workspace_id, job_id)
        if job is None:
            raise JobNotFound(job_id)
        changed = step(job)
        if changed is job:
            return job, False
        try:
            jobs.save(changed)
        except StaleJob:
            continue
        return changed, True
    raise StaleJob(f"job {job_id} is being changed by others; try again")


def change_and_enqueue(
    jobs: Jobs,
    enqueuer: JobEnqueuer,
    workspace_id: str,
    job_id: str,
    now: datetime,
    step: Callable[[Job], Job],
) -> tuple[Job, bool]:
    """As `change`; also enqueues a new version that has a due time."""
    job, changed = change(jobs, workspace_id, job_id, step)
    if changed and job.due_at:
        enqueuer.enqueue(job, now)
    return job, changed
