"""Contract of due times and their index."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mosaic.base import rfc3339
from mosaic.jobs import lifecycle
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.model import Job
from mosaic.storage.jobs import DueJob, Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def add(jobs: Jobs, due_at: datetime | None) -> Job:
    job = samples.job(NOON).evolve(due_at=due_at)
    jobs.add(job)
    return job


def due(jobs: Jobs, now: datetime, limit: int = 100) -> list[DueJob]:
    return [found for shard in range(DUE_SHARDS) for found in jobs.due(shard, now, limit)]


def due_ids(jobs: Jobs, now: datetime) -> set[str]:
    return {found.job_id for found in due(jobs, now)}


def test_job_is_due_from_its_due_time_on(undue_jobs: Jobs) -> None:
    job = add(undue_jobs, NOON)
    assert due(undue_jobs, NOON - timedelta(milliseconds=1)) == []
    assert due(undue_jobs, NOON) == [DueJob(job.workspace_id, job.id, rfc3339(NOON))]


def test_job_without_due_time_is_not_in_index(undue_jobs: Jobs) -> None:
    add(undue_jobs, None)
    assert due(undue_jobs, NOON + 10_000 * HOUR) == []


def test_new_version_updates_due_time(undue_jobs: Jobs) -> None:
    job = add(undue_jobs, NOON)
    undue_jobs.save(lifecycle.change(job, NOON, "token:ada", due_at=NOON + HOUR))
    assert due_ids(undue_jobs, NOON + HOUR - SECOND) == set()
    assert due_ids(undue_jobs, NOON + HOUR) == {job.id}


def test_due_job_is_in_exactly_one_shard(undue_jobs: Jobs) -> None:
    ids = sorted(add(undue_jobs, NOON + n * SECOND).id for n in range(20))
    assert sorted(found.job_id for found in due(undue_jobs, NOON + HOUR)) == ids


def test_longest_overdue_comes_first(undue_jobs: Jobs) -> None:
    for n in (5, 1, 4, 2, 3, 9, 7, 8, 6, 0):
        add(undue_jobs, NOON + n * SECOND)
    for shard in range(DUE_SHARDS):
        times = [found.due_at for found in undue_jobs.due(shard, NOON + HOUR, 100)]
        assert times == sorted(times)
        assert [found.due_at for found in undue_jobs.due(shard, NOON + HOUR, 1)] == times[:1]


def test_postpone_moves_due_time_without_new_version(undue_jobs: Jobs) -> None:
    job = add(undue_jobs, NOON)
    (found,) = due(undue_jobs, NOON)
    assert undue_jobs.postpone(found, NOON + HOUR) == undue_jobs.get(job.workspace_id, job.id)
    assert due_ids(undue_jobs, NOON + HOUR - SECOND) == set()
    assert due_ids(undue_jobs, NOON + HOUR) == {job.id}


def test_concurrent_postpones_have_one_winner(undue_jobs: Jobs) -> None:
    add(undue_jobs, NOON)
    (found,) = due(undue_jobs, NOON)
    assert undue_jobs.postpone(found, NOON + HOUR)
    assert not undue_jobs.postpone(found, NOON + 2 * HOUR)
    assert due_ids(undue_jobs, NOON + HOUR)


@pytest.mark.parametrize("due_at", [None, NOON + HOUR])
def test_changed_job_is_not_postponed(undue_jobs: Jobs, due_at: datetime | None) -> None:
    job = add(undue_jobs, NOON)
    (found,) = due(undue_jobs, NOON)
    undue_jobs.save(lifecycle.change(job, NOON, "token:ada", due_at=due_at))
    assert not undue_jobs.postpone(found, NOON + 2 * HOUR)
    assert due_ids(undue_jobs, NOON + HOUR) == ({job.id} if due_at else set())


def test_postpone_does_not_create_job(undue_jobs: Jobs) -> None:
    assert not undue_jobs.postpone(DueJob("demo", "01KGA000000000000000000000", rfc3339(NOON)), NOON + HOUR)
    assert undue_jobs.get("demo", "01KGA000000000000000000000") is None


def test_clear_due_lasts_until_next_version(undue_jobs: Jobs) -> None:
    job = add(undue_jobs, NOON)
    undue_jobs.clear_due(job)
    undue_jobs.clear_due(job)
    assert due(undue_jobs, NOON + HOUR) == []
    assert undue_jobs.get(job.workspace_id, job.id) == job
    undue_jobs.save(lifecycle.change(job, NOON, "token:ada"))
    assert due_ids(undue_jobs, NOON + HOUR) == {job.id}


def test_clear_due_of_changed_job_raises(undue_jobs: Jobs) -> None:
    job = add(undue_jobs, NOON)
    undue_jobs.save(lifecycle.change(job, NOON, "token:ada"))
    with pytest.raises(StaleJob):
        undue_jobs.clear_due(job)
    assert due_ids(undue_jobs, NOON) == {job.id}


def test_clear_due_does_not_create_job(undue_jobs: Jobs) -> None:
    job = samples.job()
    with pytest.raises(StaleJob):
        undue_jobs.clear_due(job)
    assert undue_jobs.get(job.workspace_id, job.id) is None


def test_excluded_job_is_not_due_until_saved(undue_jobs: Jobs) -> None:
    job = add(undue_jobs, NOON)
    undue_jobs.exclude_from_sweep(job.workspace_id, job.id)
    undue_jobs.exclude_from_sweep(job.workspace_id, job.id)
    assert due(undue_jobs, NOON + HOUR) == []
    assert undue_jobs.get(job.workspace_id, job.id) == job
    undue_jobs.save(lifecycle.change(job, NOON, "token:ada"))
    assert due_ids(undue_jobs, NOON + HOUR) == {job.id}


def test_exclude_does_not_create_job(undue_jobs: Jobs) -> None:
    job = samples.job()
    undue_jobs.exclude_from_sweep(job.workspace_id, job.id)
    assert undue_jobs.get(job.workspace_id, job.id) is None
