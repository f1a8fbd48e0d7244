"""The commit that a job is validated against, for any order of pushes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from mosaic.jobs import commits
from mosaic.jobs.model import Job

A, B, C, D, NOTHING = ("a" * 40, "b" * 40, "c" * 40, "d" * 40, "0" * 40)
CHAIN = ((NOTHING, A), (A, B), (B, C), (C, D))
DAY = datetime(2026, 1, 31, tzinfo=UTC)


def after(job: Job, *pushes: tuple[str, str], timed: bool = False) -> Job:
    for before, sha in pushes:
        at = DAY + timedelta(minutes=CHAIN.index((before, sha))) if timed else None
        job = commits.pushed(job, before, sha, at)
    return job


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_newest_commit_wins_in_any_order_of_pushes(
    running: Callable[..., Job], order: tuple[int, ...], timed: bool
) -> None:
    job = after(running("build"), *(CHAIN[index] for index in order), timed=timed)
    assert job.commit_sha == D
    repeated = after(job, *CHAIN, timed=timed)
    assert repeated.commit_sha == D


@pytest.mark.parametrize(
    ("pushes", "expected"),
    [
        ([(NOTHING, A)], A),
        ([(A, B), (NOTHING, A)], B),
        ([(A, B), (A, B)], B),
        ([(NOTHING, A), (A, B), (B, A)], A),
        ([(NOTHING, A), (C, D)], D),
        ([(B, C), (A, B)], C),
    ],
)
def test_push_moves_job_unless_known_to_be_older(
    running: Callable[..., Job], pushes: list[tuple[str, str]], expected: str
) -> None:
    assert after(running("build"), *pushes).commit_sha == expected


def test_old_push_does_not_undo_forced_push(running: Callable[..., Job]) -> None:
    job = running("build")
    for minute, (before, sha) in enumerate([(NOTHING, A), (A, B), (B, A)]):
        job = commits.pushed(job, before, sha, DAY + timedelta(minutes=minute))
    assert commits.pushed(job, A, B, DAY + timedelta(minutes=1)).commit_sha == A
    assert commits.pushed(job, A, B, DAY + timedelta(minutes=9)).commit_sha == B


def test_reported_commit_counts_until_newer_push(running: Callable[..., Job]) -> None:
    job = after(running("build"), (NOTHING, A))
    assert commits.produced(job, B, DAY).commit_sha == B
    assert commits.produced(after(job, (A, B)), A, DAY).commit_sha == B


def test_push_on_reported_commit_ignores_clock_skew(
    running: Callable[..., Job],
) -> None:
    job = commits.produced(running("build"), A, DAY)
    assert commits.pushed(job, A, B, DAY - timedelta(minutes=5)).commit_sha == B
    assert commits.pushed(job, C, D, DAY - timedelta(minutes=5)).commit_sha == A
