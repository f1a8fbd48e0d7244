"""Contract of job lists: any filters, full pages, stable cursors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mosaic.jobs import lifecycle
from mosaic.jobs.job_query import MAX_STATUS_KEYS, JobQuery
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.jobs.value_objects import Source
from mosaic.storage.jobs import Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON

TYPES = ("code-task", "git-status", "review")
TASKS = (None, "task-1", "task-2")
REPOSITORIES = (None, "acme/shop", "Acme/Shop", "acme/site")
ACTORS = ("token:ada", "github:Ada", "github:ada", "github:ada#1", "github:ADA#2")
KINDS: tuple[Literal["api", "github", "gitea"], ...] = ("api", "github", "gitea")
# Minutes, so that one bucket of the update index has several jobs, and some jobs change weeks later.
CREATED = st.sampled_from([*range(12), 60, 61, 1440])
CHANGED = st.sampled_from([0, 0, 1, 5, 61, 1500, 30_000])
TRIES = settings(
    max_examples=25,
    deadline=None,
    # The store outlives an example, so each example uses a new workspace.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class Kind:
    """The properties of a job that filters use."""

    type: str
    status: JobStatus
    agent_task_id: str | None
    repository: str | None
    issue: int | None
    actor: str
    kind: Literal["api", "github", "gitea"]
    created: int
    changed: int


kinds = st.builds(
    Kind,
    type=st.sampled_from(TYPES),
    status=st.sampled_from(JobStatus),
    agent_task_id=st.sampled_from(TASKS),
    repository=st.sampled_from(REPOSITORIES),
    issue=st.sampled_from((None, 7, 8)),
    actor=st.sampled_from(ACTORS),
    kind=st.sampled_from(KINDS),
    created=CREATED,
    changed=CHANGED,
)
populations = st.lists(kinds, max_size=12)
times = st.none() | st.integers(-1, 1500).map(lambda minutes: NOON + timedelta(minutes=minutes))


@st.composite
def queries(draw: st.DrawFn) -> JobQuery:
    """Any combination of filters."""
    repository = draw(st.sampled_from(REPOSITORIES))
    return JobQuery(
        workspace_id=uuid4().hex,
        types=TYPES,
        status=draw(st.frozensets(st.sampled_from(JobStatus), max_size=3)),
        type=draw(st.sampled_from((None, None, *TYPES))),
        agent_task_id=draw(st.sampled_from(TASKS)),
        repository=repository,
        issue=draw(st.sampled_from((None, 7))) if repository else None,
        actor=draw(st.sampled_from((None, None, *ACTORS))),
        since=draw(times),
        until=draw(times),
        updated_since=draw(times),
        as_of=draw(st.sampled_from((None, NOON + timedelta(days=4000)))),
    )


def of_kind(workspace: str, kind: Kind) -> Job:
    """Returns a job as created."""
    return samples.job(
        NOON + timedelta(minutes=kind.created),
        workspace_id=workspace,
        type=kind.type,
        agent_task_id=kind.agent_task_id,
        repository=kind.repository,
        issue_number=kind.issue,
        source=Source(kind=kind.kind, actor=kind.actor),
    )


def add_kind(jobs: Jobs, workspace: str, kind: Kind) -> Job:
    """Adds a job, and changes it if its kind is a changed one."""
    job = of_kind(workspace, kind)
    jobs.add(job)
    if kind.changed:
        at = job.created_at + timedelta(minutes=kind.changed)
        job = lifecycle.change(job, at, "token:ada", status=kind.status)
        jobs.save(job)
    return job


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


def newest_first(jobs: Iterable[Job]) -> list[Job]:
    return sorted(jobs, key=lambda job: job.id, reverse=True)


@TRIES
@given(population=populations, query=queries(), limit=st.integers(1, 7))
def test_full_pages_of_every_match(jobs: Jobs, population: list[Kind], query: JobQuery, limit: int) -> None:
    """Each match appears once, newest first; only the last page may be short."""
    stored = [add_kind(jobs, query.workspace_id, kind) for kind in population]
    for kind in population[:3]:
        add_kind(jobs, f"{query.workspace_id}2", kind)
    found = list(pages(jobs, query, limit))
    assert [job for page in found for job in page] == newest_first(filter(query.matches, stored))
    assert all(len(page) == limit for page in found[:-1])


@TRIES
@given(population=populations, query=queries(), limit=st.integers(1, 3), data=st.data())
def test_pages_are_correct_while_jobs_change(
    jobs: Jobs, population: list[Kind], query: JobQuery, limit: int, data: st.DataObject
) -> None:
    """Each page holds the matches at its time, after the page before."""
    stored = {job.id: job for job in (add_kind(jobs, query.workspace_id, kind) for kind in population)}
    before = None
    while True:
        behind = [job for job in stored.values() if before is None or job.id < before]
        page = jobs.page(query, limit, before)
        assert list(page) == newest_first(filter(query.matches, behind))[:limit]
        if not page:
            return
        before = page[-1].id
        changing = data.draw(st.sampled_from(sorted(stored)))
        at = stored[changing].updated_at + timedelta(minutes=data.draw(CHANGED))
        status = data.draw(st.sampled_from(JobStatus))
        changed = lifecycle.change(stored[changing], at, "token:ada", status=status)
        jobs.save(changed)
        stored[changing] = changed


def test_list_by_update_works_without_older_jobs(jobs: Jobs, workspace: str) -> None:
    old, new = (add(jobs, workspace, second, TYPES[0], JobStatus.QUEUED, None) for second in (0, 7200))
    since = NOON + timedelta(hours=1)
    assert jobs.page(JobQuery(workspace, TYPES, updated_since=since), 10, None) == (new,)
    late = lifecycle.cancel(old, NOON + timedelta(days=3), "token:ada")
    jobs.save(late)
    assert jobs.page(JobQuery(workspace, TYPES, updated_since=since), 10, None) == (new, late)


def test_issue_is_found_by_any_spelling(jobs: Jobs, workspace: str) -> None:
    """By API or by comment, in any case of the repository's name."""
    kind = Kind(TYPES[0], JobStatus.QUEUED, None, "acme/shop", 7, "token:ada", "api", 0, 0)
    add_kind(jobs, workspace, kind)
    add_kind(jobs, workspace, replace(kind, repository="Acme/Shop", kind="github", created=1))
    found = jobs.page(JobQuery(workspace, TYPES, repository="ACME/shop", issue=7), 10, None)
    assert [job.source.kind for job in found] == ["github", "api"]


def test_many_types_with_a_narrow_filter(jobs: Jobs, workspace: str) -> None:
    types = tuple(f"type-{number}" for number in range(MAX_STATUS_KEYS))
    stored = [
        samples.job(
            workspace_id=workspace, type=types[number], repository=("acme/shop", "acme/site")[number % 2]
        )
        for number in range(6)
    ]
    for job in stored:
        jobs.add(job)
    cancelled = lifecycle.cancel(stored[2], NOON, "token:ada")
    jobs.save(cancelled)
    wanted = frozenset({JobStatus.CANCELLED, JobStatus.FAILED, JobStatus.COMPLETED})
    query = JobQuery(workspace, types, repository="acme/shop", status=wanted)
    assert [job.id for job in jobs.page(query, 10, None)] == [cancelled.id]


@pytest.mark.parametrize("status", [frozenset(), frozenset({JobStatus.QUEUED})])
def test_cursor_is_stable_under_changes(jobs: Jobs, workspace: str, status: frozenset[JobStatus]) -> None:
    stored = [add(jobs, workspace, n, TYPES[n % 3], JobStatus.QUEUED, None) for n in range(10)]
    query = JobQuery(workspace, TYPES, status=status)
    first = jobs.page(query, 4, None)
    jobs.save(lifecycle.cancel(stored[7], NOON, "token:ada"))
    jobs.save(lifecycle.cancel(stored[3], NOON, "token:ada"))
    add(jobs, workspace, 11, TYPES[0], JobStatus.QUEUED, None)
    rest = [job.id for page in pages(jobs, query, 4) for job in page if job.id < first[-1].id]
    assert [job.id for job in jobs.page(query, 100, first[-1].id)] == rest
    gone = {stored[3].id} if status else set()
    assert [job.id for job in first] + rest == [job.id for job in reversed(stored) if job.id not in gone]


def test_list_shows_current_versions(jobs: Jobs, workspace: str) -> None:
    job = add(jobs, workspace, 0, TYPES[0], JobStatus.QUEUED, None)
    cancelled = lifecycle.cancel(job, NOON, "token:ada")
    jobs.save(cancelled)
    assert jobs.page(JobQuery(workspace, TYPES), 10, None) == (cancelled,)
    assert jobs.page(JobQuery(workspace, TYPES, status=frozenset({JobStatus.QUEUED})), 10, None) == ()
    assert jobs.page(JobQuery(workspace, TYPES, status=frozenset({JobStatus.CANCELLED})), 10, None) == (
        cancelled,
    )


def test_page_may_start_at_unknown_id(jobs: Jobs, workspace: str) -> None:
    job = add(jobs, workspace, 0, TYPES[0], JobStatus.QUEUED, None)
    query = JobQuery(workspace, TYPES)
    assert jobs.page(query, 1, "~") == (job,)
    assert jobs.page(query, 1, "0") == ()


def test_page_of_over_a_hundred_jobs_is_full(jobs: Jobs, workspace: str) -> None:
    stored = [add(jobs, workspace, n, TYPES[0], JobStatus.QUEUED, None) for n in range(105)]
    found = jobs.page(JobQuery(workspace, TYPES), 101, None)
    assert [job.id for job in found] == [job.id for job in reversed(stored)][:101]
