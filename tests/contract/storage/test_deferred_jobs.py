"""Contract of deferring a job."""

from __future__ import annotations

from datetime import timedelta

from mosaic.jobs import lifecycle
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.model import Job
from mosaic.storage.jobs import Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON

HOUR = timedelta(hours=1)


def add(jobs: Jobs) -> Job:
    job = samples.job(NOON).evolve(due_at=NOON)
    jobs.add(job)
    return job


def due_ids(jobs: Jobs, hours: float) -> set[str]:
    now = NOON + hours * HOUR
    return {found.job_id for shard in range(DUE_SHARDS) for found in jobs.due(shard, now, 100)}


def test_defer_moves_due_time_without_new_version(undue_jobs: Jobs) -> None:
    job = add(undue_jobs)
    assert undue_jobs.defer(job, NOON + 2 * HOUR)
    assert undue_jobs.defer(job, NOON + HOUR)
    assert due_ids(undue_jobs, 0.9) == set()
    assert due_ids(undue_jobs, 1) == {job.id}
    assert undue_jobs.get(job.workspace_id, job.id) == job


def test_changed_job_is_not_deferred(undue_jobs: Jobs) -> None:
    job = add(undue_jobs)
    undue_jobs.save(lifecycle.change(job, NOON, "token:ada"))
    assert not undue_jobs.defer(job, NOON + HOUR)
    assert due_ids(undue_jobs, 0) == {job.id}


def test_defer_does_not_create_job(undue_jobs: Jobs) -> None:
    job = samples.job()
    assert not undue_jobs.defer(job, NOON + HOUR)
    assert undue_jobs.get(job.workspace_id, job.id) is None
