"""Contract of wait queues: one for each reason, by priority, then by age."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.storage.jobs import Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON


def add(jobs: Jobs, workspace: str, seconds: int, **fields: Any) -> Job:
    at = NOON + timedelta(seconds=seconds)
    job = samples.job(at, **{"workspace_id": workspace, "run_at": NOON + timedelta(hours=1), **fields})
    jobs.add(job)
    return job


def ids(jobs: tuple[Job, ...]) -> list[str]:
    return [job.id for job in jobs]


def test_priority_comes_before_age(jobs: Jobs, workspace: str) -> None:
    third = add(jobs, workspace, 1, priority=5)
    fourth = add(jobs, workspace, 2, priority=5)
    first = add(jobs, workspace, 3, priority=9)
    last = add(jobs, workspace, 0, priority=0)
    queue = [first, third, fourth, last]
    assert ids(jobs.waiting(workspace, Waiting.DELAY, 10)) == [job.id for job in queue]
    assert [jobs.ahead(workspace, Waiting.DELAY, job.queue_position) for job in queue] == [0, 1, 2, 3]


def test_wait_queue_is_read_by_position(jobs: Jobs, workspace: str) -> None:
    queue = [add(jobs, workspace, seconds) for seconds in range(5)]
    first = jobs.waiting(workspace, Waiting.DELAY, 2)
    rest = jobs.waiting(workspace, Waiting.DELAY, 10, first[-1].queue_position)
    assert ids((*first, *rest)) == [job.id for job in queue]


def test_pages_are_full_after_jobs_left(jobs: Jobs, workspace: str) -> None:
    queue = [add(jobs, workspace, seconds) for seconds in range(6)]
    for job in queue[1:4]:
        jobs.save(lifecycle.cancel(job, NOON, "token:ada"))
    assert ids(jobs.waiting(workspace, Waiting.DELAY, 2)) == [queue[0].id, queue[4].id]


def test_wait_queue_holds_one_reason_and_workspace(jobs: Jobs, workspace: str) -> None:
    add(jobs, workspace, 0)
    jobs.add(samples.job(NOON, workspace_id=workspace))
    assert jobs.waiting(workspace, Waiting.APPROVAL, 10) == ()
    assert jobs.waiting(f"{workspace}2", Waiting.DELAY, 10) == ()
    assert jobs.ahead(f"{workspace}2", Waiting.DELAY, "9") == 0
    assert len(jobs.waiting(workspace, Waiting.DELAY, 10)) == 1


def test_running_jobs_on_a_branch_are_found(jobs: Jobs, workspace: str) -> None:
    usual: dict[str, Any] = {"repository": "Acme/Shop", "branch": "release-1.0", "run_at": None}
    older, newer, waits = (add(jobs, workspace, seconds, **usual) for seconds in (1, 2, 3))
    others = [
        add(jobs, workspace, 4, **{**usual, "repository": "acme/till"}),
        add(jobs, workspace, 5, **{**usual, "branch": "release-1"}),
        add(jobs, workspace, 6, repository="acme/shop", run_at=None),
    ]
    for job in (older, newer, *others):
        jobs.save(lifecycle.move(job, JobStatus.RUNNING, NOON, "stitcher"))
    assert ids(jobs.on_branch(workspace, "acme/shop", "release-1.0", 10)) == [newer.id, older.id]
    assert ids(jobs.on_branch(workspace, "acme/shop", "release-1.0", 1)) == [newer.id]
    ended = jobs.get(workspace, newer.id)
    assert ended
    jobs.save(lifecycle.cancel(ended, NOON, "token:ada"))
    assert ids(jobs.on_branch(workspace, "acme/shop", "release-1.0", 10)) == [older.id]
    assert jobs.on_branch(workspace, "acme/shop", others[-1].push_branch, 10) == ()
    assert waits.id


def test_branch_is_found_by_the_id_of_its_repository(jobs: Jobs, workspace: str) -> None:
    usual: dict[str, Any] = {"branch": "release-1.0", "run_at": None}
    own = add(jobs, workspace, 1, **usual, repository="acme/shop", repository_id="github:1")
    again = add(jobs, workspace, 2, **usual, repository="acme/shop", repository_id="github:2")
    for job in (own, again):
        jobs.save(lifecycle.move(job, JobStatus.RUNNING, NOON, "stitcher"))
    assert ids(jobs.on_branch(workspace, "github:1", "release-1.0", 10)) == [own.id]
    assert ids(jobs.on_branch(workspace, "github:2", "release-1.0", 10)) == [again.id]
    assert jobs.on_branch(workspace, "acme/shop", "release-1.0", 10) == ()


def test_jobs_of_commit_are_newest_first(jobs: Jobs, workspace: str) -> None:
    sha = "c" * 40
    older, newer, moved = (add(jobs, workspace, seconds) for seconds in (1, 2, 3))
    for job in (older, newer, moved):
        jobs.save(lifecycle.change(job, NOON, "openclaw", commit_sha=sha))
    known = jobs.get(workspace, moved.id)
    assert known
    jobs.save(lifecycle.change(known, NOON, "openclaw", commit_sha="d" * 40))
    assert ids(jobs.of_commit(workspace, sha, 10)) == [newer.id, older.id]
    assert ids(jobs.of_commit(workspace, sha, 1)) == [newer.id]
    assert jobs.of_commit(workspace, "e" * 40, 10) == ()
