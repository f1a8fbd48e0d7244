"""The commit that a job is validated against, for any order of pushes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from mosaic.jobs import commits, validation
from mosaic.jobs.check_versions import CheckVersion
from mosaic.jobs.errors import CommitMismatch
from mosaic.jobs.gate_evaluation import CheckReport, GateReport
from mosaic.jobs.gates import Reporter
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus
from mosaic.jobs.value_objects import Result

A, B, C, D, NOTHING = ("a" * 40, "b" * 40, "c" * 40, "d" * 40, "0" * 40)
CHAIN = ((NOTHING, A), (A, B), (B, C), (C, D))
DAY = datetime(2026, 1, 31, tzinfo=UTC)
# Whether a push is required, what names a commit in which order, and the job's commit.
NAMED = [
    (True, "", None),
    (True, "r", None),
    (True, "c", None),
    (True, "t", None),
    (True, "ctr", None),
    (True, "p", "a by push"),
    (True, "rp", "a by push"),
    (True, "ctrpq", "b by push"),
    (True, "pctr", "a by push"),
    (False, "r", "c by run"),
    (False, "c", "c by check"),
    (False, "t", "c by token"),
    (False, "rp", "a by push"),
    (False, "cp", "a by push"),
    (False, "tp", "a by push"),
    (False, "pr", "a by push"),
    (False, "pcr", "a by push"),
    (False, "rpq", "b by push"),
    (False, "rqp", "b by push"),
]


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


@pytest.mark.parametrize(("requires_push", "named", "expected"), NAMED)
def test_commit_is_named_by_the_strongest_source(
    running: Callable[..., Job], requires_push: bool, named: str, expected: str | None
) -> None:
    """`p`: first push, of A; `q`: push of B on top; `r`, `c` and `t`: run, check and token name C."""
    job = running("build", repository="acme/shop", require_push=requires_push)
    for source in named:
        job = name(job, source)
    assert (job.commit_sha and f"{job.commit_sha[0]} by {job.commit_by}") == expected


def name(job: Job, source: str) -> Job:
    if source in "pq":
        return commits.pushed(job, *((NOTHING, A) if source == "p" else (A, B)), None)
    if source == "r":
        result = Result(summary="done", commit_sha=C)
        return commits.produced(job, C, DAY).evolve(result=result)
    report = {"commit_sha": C, "status": GateStatus.PASSED}
    if source == "t":
        gated = job.evolve(gates=[gate.model_copy(update={"reporter": Reporter()}) for gate in job.gates])
        token_report = GateReport(gate_id="build", **report)
        with suppress(CommitMismatch):
            return validation.apply_report(gated, token_report, DAY, "token:ci")
        return job
    check = Reporter(kind="status", provider="github", context="ci", by=("ci",))
    gated = job.evolve(gates=[gate.model_copy(update={"reporter": check}) for gate in job.gates])
    check_report = CheckReport(check=check, version=CheckVersion(id=1), **report)
    return validation.apply_check(gated, "build", check_report, DAY, "github:ci")


@pytest.mark.parametrize("order", list(permutations("rcpq")))
def test_pushes_win_in_any_order(running: Callable[..., Job], order: tuple[str, ...]) -> None:
    job = running("build", repository="acme/shop", require_push=False)
    for source in order:
        job = name(job, source)
    assert (job.commit_sha, job.commit_by) == (B, "push")
    assert job.awaited_commit == C
    moved = commits.pushed(job, B, C, None)
    assert (moved.commit_sha, moved.awaited_commit) == (C, None)


def test_late_first_push_does_not_replace_a_newer_one(running: Callable[..., Job]) -> None:
    job = after(running("build"), (A, B), (NOTHING, A))
    assert (job.commit_sha, job.pushed_commits) == (B, (B, A))


def test_run_may_name_a_commit_of_an_earlier_attempt(running: Callable[..., Job]) -> None:
    job = after(running("build", repository="acme/shop"), (NOTHING, A))
    again = job.evolve(attempt=2, commit_sha=None, commit_by=None, superseded=commits.commits_so_far(job))
    assert commits.pushed(again, NOTHING, A, None).commit_sha is None
    assert commits.produced(again, B, DAY).commit_sha is None
    named = commits.produced(again, A, DAY)
    assert (named.commit_sha, named.commit_by) == (A, "push")


def test_push_redelivered_for_the_next_attempt_counts(running: Callable[..., Job]) -> None:
    """The push of the first attempt was lost. The second run names the commit again, then the push comes."""
    job = name(name(running("build", repository="acme/shop"), "c"), "r")
    again = job.evolve(attempt=2, result=None, superseded=commits.commits_so_far(job))
    assert commits.pushed(name(again, "r"), NOTHING, C, None).commit_sha == C


def test_push_on_reported_commit_ignores_clock_skew(
    running: Callable[..., Job],
) -> None:
    job = commits.produced(running("build"), A, DAY)
    assert commits.pushed(job, A, B, DAY - timedelta(minutes=5)).commit_sha == B
    assert commits.pushed(job, C, D, DAY - timedelta(minutes=5)).commit_sha == D
