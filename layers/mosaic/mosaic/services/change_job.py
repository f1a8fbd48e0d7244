"""Read, change, save: repeated when somebody else saved first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mosaic.jobs.errors import JobNotFound, StaleJob
from mosaic.jobs.model import Job
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.jobs import Jobs

TRIES = 6


def change(jobs: Jobs, workspace_id: str, job_id: str, step: Callable[[Job], Job]) -> tuple[Job, bool]:
    """The job as `step` left it, and whether that is a new version; `step` returns its argument for no change.

    Raises JobNotFound, StaleJob when others saved first TRIES times in a row, and whatever `step` raises.
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
    """As `change`; a new version that has something due wakes the stitcher."""
    job, changed = change(jobs, workspace_id, job_id, step)
    if changed and job.due_at:
        enqueuer.enqueue(job, now)
    return job, changed
