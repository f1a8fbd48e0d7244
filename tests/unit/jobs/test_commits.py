"""The commit that a job is judged by, whatever order its pushes arrive in."""

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
def test_once_all_pushes_have_arrived_the_newest_commit_is_judged(
    running: Callable[..., Job], order: tuple[int, ...], timed: bool
) -> None:
    job = after(running("build"), *(CHAIN[place] for place in order), timed=timed)
    assert job.commit_sha == D
    again = after(job, *CHAIN, timed=timed)
    assert again.commit_sha == D


@pytest.mark.parametrize(
    ("pushes", "judged"),
    [
        ([(NOTHING, A)], A),
        ([(A, B), (NOTHING, A)], B),
        ([(A, B), (A, B)], B),
        ([(NOTHING, A), (A, B), (B, A)], A),
        ([(NOTHING, A), (C, D)], D),
        ([(B, C), (A, B)], C),
    ],
)
def test_a_push_moves_the_job_unless_it_is_known_to_be_older(
    running: Callable[..., Job], pushes: list[tuple[str, str]], judged: str
) -> None:
    assert after(running("build"), *pushes).commit_sha == judged


def test_a_branch_that_was_forced_back_is_not_moved_by_an_old_push(running: Callable[..., Job]) -> None:
    job = running("build")
    for minute, (before, sha) in enumerate([(NOTHING, A), (A, B), (B, A)]):
        job = commits.pushed(job, before, sha, DAY + timedelta(minutes=minute))
    assert commits.pushed(job, A, B, DAY + timedelta(minutes=1)).commit_sha == A
    assert commits.pushed(job, A, B, DAY + timedelta(minutes=9)).commit_sha == B


def test_the_runs_word_counts_until_a_push_has_shown_a_newer_commit(running: Callable[..., Job]) -> None:
    job = after(running("build"), (NOTHING, A))
    assert commits.produced(job, B, DAY).commit_sha == B
    assert commits.produced(after(job, (A, B)), A, DAY).commit_sha == B


def test_a_push_upon_what_the_run_has_named_counts_though_its_clock_is_behind(
    running: Callable[..., Job],
) -> None:
    job = commits.produced(running("build"), A, DAY)
    assert commits.pushed(job, A, B, DAY - timedelta(minutes=5)).commit_sha == B
    assert commits.pushed(job, C, D, DAY - timedelta(minutes=5)).commit_sha == A
