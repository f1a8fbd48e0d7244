"""What the flows may expect of lists: any filters, always full pages, a cursor that time does not spoil."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from mosaic.jobs.query import JobQuery
from mosaic.jobs.states import JobStatus
from mosaic.jobs.store import Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON

TYPES = ("code-task", "git-status", "review")
TASKS = (None, "task-1", "task-2")
TRIES = settings(
    max_examples=25,
    deadline=None,
    # The store outlives an example: each lists a workspace of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

populations = st.lists(
    st.tuples(st.sampled_from(TYPES), st.sampled_from(JobStatus), st.sampled_from(TASKS)), max_size=12
)
filters = st.builds(
    JobQuery,
    workspace_id=st.just(""),
    types=st.just(TYPES),
    status=st.frozensets(st.sampled_from(JobStatus)),
    type=st.none() | st.sampled_from(TYPES),
    agent_task_id=st.sampled_from(TASKS),
)


def add(jobs: Jobs, workspace: str, second: int, type: str, status: JobStatus, task: str | None) -> Job:
    at = NOON + timedelta(seconds=second)
    job = samples.job(at, workspace_id=workspace, type=type, agent_task_id=task).evolve(status=status)
    jobs.add(job)
    return job


def pages(jobs: Jobs, query: JobQuery, limit: int) -> Iterator[tuple[Job, ...]]:
    before = None
    while page := jobs.page(query, limit, before):
        yield page
        before = page[-1].id


@TRIES
@given(population=populations, asked=filters, limit=st.integers(1, 7))
def test_pages_hold_every_match_once_newest_first_and_are_full_but_for_the_last(
    jobs: Jobs, population: list[tuple[str, JobStatus, str | None]], asked: JobQuery, limit: int
) -> None:
    query = replace(asked, workspace_id=uuid4().hex)
    stored = [add(jobs, query.workspace_id, n, *kind) for n, kind in enumerate(population)]
    add(jobs, f"{query.workspace_id}2", 0, TYPES[0], JobStatus.QUEUED, "task-1")
    expected = [job for job in reversed(stored) if query.matches(job)]
    found = list(pages(jobs, query, limit))
    assert [job for page in found for job in page] == expected
    assert all(len(page) == limit for page in found[:-1])


@pytest.mark.parametrize("status", [frozenset(), frozenset({JobStatus.QUEUED})])
def test_a_list_goes_on_where_it_was_when_jobs_come_and_change(
    jobs: Jobs, workspace: str, status: frozenset[JobStatus]
) -> None:
    stored = [add(jobs, workspace, n, TYPES[n % 3], JobStatus.QUEUED, None) for n in range(10)]
    query = JobQuery(workspace, TYPES, status)
    first = jobs.page(query, 4, None)
    jobs.save(lifecycle.cancel(stored[7], NOON, "token:ada"))
    jobs.save(lifecycle.cancel(stored[3], NOON, "token:ada"))
    add(jobs, workspace, 11, TYPES[0], JobStatus.QUEUED, None)
    rest = [job.id for page in pages(jobs, query, 4) for job in page if job.id < first[-1].id]
    assert [job.id for job in jobs.page(query, 100, first[-1].id)] == rest
    gone = {stored[3].id} if status else set()
    assert [job.id for job in first] + rest == [job.id for job in reversed(stored) if job.id not in gone]


def test_a_list_shows_jobs_as_they_are_now(jobs: Jobs, workspace: str) -> None:
    job = add(jobs, workspace, 0, TYPES[0], JobStatus.QUEUED, None)
    cancelled = lifecycle.cancel(job, NOON, "token:ada")
    jobs.save(cancelled)
    assert jobs.page(JobQuery(workspace, TYPES), 10, None) == (cancelled,)
    assert jobs.page(JobQuery(workspace, TYPES, frozenset({JobStatus.QUEUED})), 10, None) == ()
    assert jobs.page(JobQuery(workspace, TYPES, frozenset({JobStatus.CANCELLED})), 10, None) == (cancelled,)


def test_a_page_may_begin_at_an_id_that_is_no_job(jobs: Jobs, workspace: str) -> None:
    job = add(jobs, workspace, 0, TYPES[0], JobStatus.QUEUED, None)
    query = JobQuery(workspace, TYPES)
    assert jobs.page(query, 1, "~") == (job,)
    assert jobs.page(query, 1, "0") == ()


def test_a_page_of_more_than_a_hundred_is_full(jobs: Jobs, workspace: str) -> None:
    stored = [add(jobs, workspace, n, TYPES[0], JobStatus.QUEUED, None) for n in range(105)]
    found = jobs.page(JobQuery(workspace, TYPES), 101, None)
    assert [job.id for job in found] == [job.id for job in reversed(stored)][:101]
