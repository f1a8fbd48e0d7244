"""Contract of job counts: exact up to a cap, at a cost that does not grow with the table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mosaic.jobs.counts import JobCounts
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.storage.jobs import Jobs
from tests.fakes import samples
from tests.fakes.clock import NOON

TYPES = ("code-task", "review")


def add(jobs: Jobs, workspace: str, type: str, **fields: Any) -> Job:
    job = samples.job(NOON, workspace_id=workspace, type=type).evolve(**fields)
    jobs.add(job)
    return job


@pytest.fixture
def counted(jobs: Jobs, workspace: str) -> Jobs:
    """One approval, two jobs waiting for gates, and one job of every status but PENDING."""
    add(jobs, workspace, TYPES[0], status=JobStatus.PENDING, waiting=Waiting.APPROVAL)
    add(jobs, workspace, TYPES[0], status=JobStatus.PENDING, waiting=Waiting.SLOT)
    for type in TYPES:
        add(jobs, workspace, type, status=JobStatus.RUNNING, phase=Phase.VALIDATION)
    add(jobs, workspace, TYPES[0], status=JobStatus.RUNNING, phase=Phase.EXECUTION)
    for status in (JobStatus.QUEUED, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED):
        add(jobs, workspace, TYPES[1], status=status)
    add(jobs, f"{workspace}2", TYPES[0], status=JobStatus.FAILED)
    return jobs


def test_jobs_are_counted_by_status_and_actor(counted: Jobs, workspace: str) -> None:
    found = counted.counts(workspace, TYPES)
    one = dict.fromkeys(JobStatus, 1)
    assert found.by_status == {**one, JobStatus.PENDING: 2, JobStatus.RUNNING: 3}
    assert found.by_who == {"admin": 1, "reporter": 2, "agent": 1, "mosaic": 2, "member": 1, "nobody": 2}
    assert found.capped == ()


def test_counts_can_be_limited_to_a_type(counted: Jobs, workspace: str) -> None:
    assert counted.counts(workspace, TYPES, TYPES[1]).by_who == {
        "admin": 0,
        "reporter": 1,
        "agent": 0,
        "mosaic": 1,
        "member": 1,
        "nobody": 2,
    }


def test_unused_type_counts_zero(counted: Jobs, workspace: str) -> None:
    assert not any(counted.counts(workspace, TYPES, "unheard-of").by_status.values())


def test_completed_job_leaves_gate_count(jobs: Jobs, workspace: str) -> None:
    job = add(jobs, workspace, TYPES[0], status=JobStatus.RUNNING, phase=Phase.VALIDATION)
    assert jobs.counts(workspace, TYPES).gates == 1
    done = {"status": JobStatus.COMPLETED, "phase": None, "version": 2}
    jobs.save(job.evolve(**done))
    assert jobs.counts(workspace, TYPES).gates == 0


def test_counting_stops_at_the_cap(jobs: Jobs, workspace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("mosaic.jobs.counts", "mosaic.storage.job_counts", "tests.fakes.storage.jobs"):
        monkeypatch.setattr(f"{module}.MAX_COUNTED", 3)
    for seconds in range(5):
        at = NOON + timedelta(seconds=seconds)
        for status in (JobStatus.RUNNING, JobStatus.FAILED):
            type = TYPES[seconds % 2]
            jobs.add(samples.job(at, workspace_id=workspace, type=type).evolve(status=status))
    found = jobs.counts(workspace, TYPES)
    assert found.by_status[JobStatus.RUNNING] == found.by_status[JobStatus.FAILED] == 3
    assert found.capped == ("FAILED", "RUNNING", "agent", "member")


def test_estimated_count_of_type_is_marked(
    jobs: Jobs, workspace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("mosaic.jobs.counts", "mosaic.storage.job_counts", "tests.fakes.storage.jobs"):
        monkeypatch.setattr(f"{module}.MAX_COUNTED", 3)
    for seconds in range(4):
        for type in TYPES:
            job = samples.job(NOON + timedelta(seconds=seconds), workspace_id=workspace, type=type)
            jobs.add(job.evolve(status=JobStatus.PENDING, waiting=Waiting.APPROVAL))
    assert jobs.counts(workspace, TYPES, TYPES[1]).capped == ("PENDING", "admin", "mosaic")
    assert jobs.counts(workspace, TYPES, "priority-calc").capped == ("admin", "mosaic")


@pytest.mark.parametrize(
    ("status", "approval", "gates", "capped"),
    [
        (JobStatus.PENDING, 0, 0, ("PENDING", "mosaic")),
        (JobStatus.PENDING, 1000, 0, ("PENDING", "admin", "mosaic")),
        (JobStatus.RUNNING, 0, 1000, ("RUNNING", "reporter", "agent")),
        (JobStatus.COMPLETED, 0, 0, ("COMPLETED", "nobody")),
        (None, 0, 0, ()),
    ],
)
def test_sum_with_capped_number_is_capped(
    status: JobStatus | None, approval: int, gates: int, capped: tuple[str, ...]
) -> None:
    by_status = {each: 1000 if each is status else 1 for each in JobStatus}
    assert JobCounts(by_status, approval, gates).capped == capped
