"""What the flows may expect of those who wait: one line for each reason, the more urgent before the older."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from mosaic.jobs.states import Waiting
from mosaic.storage.jobs import Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON


def add(jobs: Jobs, workspace: str, seconds: int, **fields: Any) -> Job:
    at = NOON + timedelta(seconds=seconds)
    job = samples.job(at, workspace_id=workspace, run_at=NOON + timedelta(hours=1), **fields)
    jobs.add(job)
    return job


def ids(jobs: tuple[Job, ...]) -> list[str]:
    return [job.id for job in jobs]


def test_the_more_urgent_stand_before_the_older(jobs: Jobs, workspace: str) -> None:
    third = add(jobs, workspace, 1, priority=5)
    fourth = add(jobs, workspace, 2, priority=5)
    first = add(jobs, workspace, 3, priority=9)
    last = add(jobs, workspace, 0, priority=0)
    line = [first, third, fourth, last]
    assert ids(jobs.waiting(workspace, Waiting.DELAY, 10)) == [job.id for job in line]
    assert [jobs.ahead(workspace, Waiting.DELAY, job.queue_position) for job in line] == [0, 1, 2, 3]


def test_a_line_is_walked_place_by_place(jobs: Jobs, workspace: str) -> None:
    line = [add(jobs, workspace, seconds) for seconds in range(5)]
    first = jobs.waiting(workspace, Waiting.DELAY, 2)
    rest = jobs.waiting(workspace, Waiting.DELAY, 10, first[-1].queue_position)
    assert ids((*first, *rest)) == [job.id for job in line]


def test_pages_are_full_though_some_have_left_the_line(jobs: Jobs, workspace: str) -> None:
    line = [add(jobs, workspace, seconds) for seconds in range(6)]
    for job in line[1:4]:
        jobs.save(lifecycle.cancel(job, NOON, "token:ada"))
    assert ids(jobs.waiting(workspace, Waiting.DELAY, 2)) == [line[0].id, line[4].id]


def test_who_waits_for_something_else_or_elsewhere_is_not_in_the_line(jobs: Jobs, workspace: str) -> None:
    add(jobs, workspace, 0)
    jobs.add(samples.job(NOON, workspace_id=workspace))
    assert jobs.waiting(workspace, Waiting.APPROVAL, 10) == ()
    assert jobs.waiting(f"{workspace}2", Waiting.DELAY, 10) == ()
    assert jobs.ahead(f"{workspace}2", Waiting.DELAY, "9") == 0
    assert len(jobs.waiting(workspace, Waiting.DELAY, 10)) == 1


def test_the_jobs_of_a_commit_are_found_newest_first(jobs: Jobs, workspace: str) -> None:
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
