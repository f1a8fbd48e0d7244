"""Contract of the job store: reads, conditional writes, sizes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from mosaic.jobs import attempt, lifecycle
from mosaic.jobs.errors import JobExists, StaleJob
from mosaic.jobs.limits import MAX_INPUT_BYTES, MAX_RESULT_BYTES
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase
from mosaic.jobs.text import cut
from mosaic.jobs.value_objects import Dispatch, Result
from mosaic.storage.index_keys import IssueRef
from mosaic.storage.jobs import Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON

LATER = NOON + timedelta(seconds=1)


def running(job: Job) -> Job:
    """Version 2: dispatched to the gateway."""
    dispatch = Dispatch(
        key="k",
        agent="runner",
        tools=("read",),
        at=LATER,
        deadline=LATER + timedelta(hours=1),
        message_version=1,
        scheduled_run_id="run-1",
    )
    return lifecycle.move(
        job, JobStatus.RUNNING, LATER, "stitcher", phase=Phase.EXECUTION, dispatch=dispatch, due_at=LATER
    )


def test_job_is_read_as_added(jobs: Jobs, workspace: str) -> None:
    job = samples.job(workspace_id=workspace)
    jobs.add(job)
    assert jobs.get(workspace, job.id) == job


def test_saved_version_is_readable_at_once(jobs: Jobs, workspace: str) -> None:
    job = samples.job(workspace_id=workspace)
    jobs.add(job)
    for _ in range(5):
        job = lifecycle.change(job, LATER, "token:ada")
        jobs.save(job)
        assert jobs.get(workspace, job.id) == job


def test_job_of_other_workspace_is_not_found(jobs: Jobs, workspace: str) -> None:
    job = samples.job(workspace_id=workspace)
    jobs.add(job)
    assert jobs.get(f"{workspace}2", job.id) is None


def test_existing_id_is_not_overwritten(jobs: Jobs, workspace: str) -> None:
    job = samples.job(workspace_id=workspace)
    jobs.add(job)
    with pytest.raises(JobExists):
        jobs.add(job.evolve(instructions="another job"))
    assert jobs.get(workspace, job.id) == job


@pytest.mark.parametrize("version", [1, 2, 4])
def test_only_next_version_is_saved(jobs: Jobs, workspace: str, version: int) -> None:
    job = samples.job(workspace_id=workspace)
    second = lifecycle.change(job, LATER, "token:ada")
    jobs.add(job)
    jobs.save(second)
    with pytest.raises(StaleJob):
        jobs.save(second.evolve(version=version, instructions="lost"))
    assert jobs.get(workspace, job.id) == second


def test_unknown_job_cannot_be_saved(jobs: Jobs, workspace: str) -> None:
    with pytest.raises(StaleJob):
        jobs.save(lifecycle.change(samples.job(workspace_id=workspace), LATER, "token:ada"))


def test_concurrent_saves_have_one_winner(jobs: Jobs, workspace: str) -> None:
    job = samples.job(workspace_id=workspace)
    jobs.add(job)

    def save(actor: str) -> str | None:
        try:
            jobs.save(lifecycle.change(job, LATER, actor))
        except StaleJob:
            return None
        return actor

    with ThreadPoolExecutor(4) as threads:
        saved = [actor for actor in threads.map(save, "abcdefgh") if actor]
    stored = jobs.get(workspace, job.id)
    assert stored
    assert saved == [stored.change.actor]


@pytest.mark.parametrize(
    "text",
    ["😀 👩‍👩‍👧 é e\u0301", "\x00\x01\x1f\x7f\r\n\t", "\u2028\ufeff\U0010ffff\uffff", '"\\{}', " "],
    ids=["emoji", "controls", "separators", "quotes", "blank"],
)
def test_any_text_is_read_as_stored(jobs: Jobs, workspace: str, text: str) -> None:
    job = samples.job(workspace_id=workspace, instructions=text, agent_task_id=text)
    jobs.add(job)
    assert jobs.get(workspace, job.id) == job


@pytest.mark.parametrize("character", ["x", "é", "😀", '"', "\n", "\x01"])
def test_longest_input_and_result_fit_in_item(jobs: Jobs, workspace: str, character: str) -> None:
    text = cut(character * MAX_INPUT_BYTES, MAX_INPUT_BYTES)
    job = samples.job(workspace_id=workspace, instructions=text)
    jobs.add(job)
    job = running(job)
    jobs.save(job)
    result = Result(summary=character * (MAX_RESULT_BYTES + 1))
    job = attempt.succeeded(job, "run-1", result, LATER, "openclaw")
    jobs.save(job)
    assert jobs.get(workspace, job.id) == job


def job_of_issue(workspace: str, seconds: int, **fields: Any) -> Job:
    """Returns a job of the issue github:acme/shop#7 that is made `seconds` after noon."""
    source = {"kind": fields.pop("kind", "github"), "actor": "github:ada"}
    usual = {"workspace_id": workspace, "repository": "acme/shop", "issue_number": 7, "source": source}
    return samples.job(NOON + timedelta(seconds=seconds), **{**usual, **fields})


def test_jobs_of_issue_are_newest_first(jobs: Jobs, workspace: str) -> None:
    issue = IssueRef("github", "ACME/shop", 7)
    own = [job_of_issue(workspace, second) for second in range(5)]
    others: tuple[dict[str, Any], ...] = (
        {"issue_number": 8},
        {"repository": "acme/other"},
        {"kind": "gitea"},
        {"issue_number": None},
    )
    for job in (*own, *(job_of_issue(workspace, 9, **fields) for fields in others)):
        jobs.add(job)
    newest_first = tuple(reversed(own))
    assert jobs.of_issue(workspace, issue, 50) == newest_first
    assert jobs.of_issue(workspace, issue, 3) == newest_first[:3]
    assert jobs.of_issue(workspace, IssueRef("github", "acme/shop", 9), 50) == ()
    assert jobs.of_issue(f"{workspace}2", issue, 50) == ()


def test_issue_is_found_by_the_id_of_its_repository(jobs: Jobs, workspace: str) -> None:
    """A rename changes the name; a repository that is made again under the name has another id."""
    before = job_of_issue(workspace, 0, repository_id="github:1")
    renamed = job_of_issue(workspace, 1, repository="acme/store", repository_id="github:1")
    again = job_of_issue(workspace, 2, repository_id="github:2")
    api = job_of_issue(workspace, 3, repository_id="github:1", kind="api")
    nameless = job_of_issue(workspace, 4)
    for job in (before, renamed, again, api, nameless):
        jobs.add(job)
    assert jobs.of_issue(workspace, IssueRef("github", "acme/any", 7, "github:1"), 50) == (renamed, before)
    assert jobs.of_issue(workspace, IssueRef("github", "acme/shop", 7, "github:2"), 50) == (again,)
    assert jobs.of_issue(workspace, IssueRef("github", "acme/shop", 7, "github:3"), 50) == ()
    assert jobs.of_issue(workspace, IssueRef("github", "acme/shop", 7), 50) == (nameless, again, before)


def test_short_code_finds_an_old_job_of_its_issue(jobs: Jobs, workspace: str) -> None:
    issue = IssueRef("github", "acme/shop", 7)
    oldest = job_of_issue(workspace, 0)
    foreign = job_of_issue(workspace, 1, issue_number=8)
    for job in (oldest, foreign, *(job_of_issue(workspace, 2 + second) for second in range(4))):
        jobs.add(job)
    assert jobs.of_issue(workspace, issue, 2, oldest.short_code) == (oldest,)
    assert jobs.of_issue(workspace, issue, 2, foreign.short_code) == ()
    assert jobs.of_issue(workspace, issue, 2, "000000") == ()
