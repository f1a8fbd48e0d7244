"""Stored jobs that cannot be read: reading one raises, lists omit it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from mosaic.jobs import lifecycle
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.model import Job
from mosaic.storage.jobs import DueJob, Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.storage.jobs import FakeJobs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from mosaic.storage.jobs import JobStore

LATER = NOON + timedelta(hours=1)
Spoil = Callable[[Job], None]


@pytest.fixture
def spoil(jobs: Jobs, request: pytest.FixtureRequest) -> Spoil:
    """Replaces the stored job by text that is not a job."""
    if isinstance(jobs, FakeJobs):
        fake = jobs
        return lambda job: fake.unreadable.add((job.workspace_id, job.id))
    client: DynamoDBClient = request.getfixturevalue("dynamodb")
    store: JobStore = request.getfixturevalue("stored_jobs")
    table = store._items.Meta.table_name

    def put(job: Job) -> None:
        client.update_item(
            TableName=table,
            Key={"workspace_id": {"S": job.workspace_id}, "job_id": {"S": job.id}},
            UpdateExpression="SET job = :spoilt",
            ExpressionAttributeValues={":spoilt": {"S": "{}"}},
        )

    return put


def added(jobs: Jobs, workspace: str) -> Job:
    job = samples.job(workspace_id=workspace)
    jobs.add(job)
    return job


def due(jobs: Jobs, job: Job) -> list[DueJob]:
    found = (one for shard in range(DUE_SHARDS) for one in jobs.due(shard, LATER, 999))
    return [one for one in found if one.job_id == job.id]


def test_reading_unreadable_job_raises(jobs: Jobs, workspace: str, spoil: Spoil) -> None:
    job = added(jobs, workspace)
    spoil(job)
    with pytest.raises(ValidationError):
        jobs.get(workspace, job.id)


@pytest.mark.parametrize("kind", [{}, {"agent_task_id": "T"}], ids=["all", "some"])
def test_lists_omit_unreadable_job(jobs: Jobs, workspace: str, spoil: Spoil, kind: dict[str, str]) -> None:
    known = [samples.job(workspace_id=workspace, agent_task_id="T") for _ in range(4)]
    for job in known:
        jobs.add(job)
    first, second, spoilt, last = sorted(known, key=lambda job: job.id, reverse=True)
    spoil(spoilt)
    query = JobQuery(workspace, (first.type,), **kind)  # type: ignore[arg-type]
    assert [job.id for job in jobs.page(query, 3, None)] == [first.id, second.id, last.id]
    assert [job.id for job in jobs.page(query, 1, second.id)] == [last.id]


def test_postpone_moves_unreadable_job(undue_jobs: Jobs, workspace: str, spoil: Spoil) -> None:
    job = added(undue_jobs, workspace)
    spoil(job)
    (found,) = due(undue_jobs, job)
    with pytest.raises(ValidationError):
        undue_jobs.postpone(found, LATER + timedelta(hours=1))
    assert due(undue_jobs, job) == []


def test_earlier_reader_can_save_over_it(jobs: Jobs, workspace: str, spoil: Spoil) -> None:
    job = added(jobs, workspace)
    spoil(job)
    jobs.save(lifecycle.cancel(job, NOON, "token:ada"))
    read = jobs.get(workspace, job.id)
    assert read
    assert read.version == 2


def test_excluded_job_can_be_made_due_again(undue_jobs: Jobs, workspace: str) -> None:
    job = added(undue_jobs, workspace)
    undue_jobs.exclude_from_sweep(workspace, job.id)
    assert due(undue_jobs, job) == []
    assert undue_jobs.defer(job, NOON)
    assert [one.job_id for one in due(undue_jobs, job)] == [job.id]
