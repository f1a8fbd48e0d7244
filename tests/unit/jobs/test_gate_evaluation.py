"""What a report comes to, and how much of it a job keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs import commits, overrides, validation
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus, reported
from mosaic.jobs.gates import Gate, Reporter, Threshold
from mosaic.jobs.limits import MAX_OTHER_COMMIT_GATES
from mosaic.jobs.model import Job
from mosaic.jobs.states import GateStatus

SHA = "a" * 40
PASSED, FAILED, ERROR = GateStatus.PASSED, GateStatus.FAILED, GateStatus.ERROR


def gate(*thresholds: Threshold) -> Gate:
    return Gate(id="cover", passes_when=thresholds)


def judged(
    known: Gate,
    numbers: dict[str, float],
    status: ReportedStatus = GateStatus.PASSED,
    details: str | None = None,
) -> Gate:
    said = GateReport(gate_id=known.id, status=status, commit_sha=SHA, details=details, numbers=numbers)
    return reported(known, said, "token:ci")


AT_LEAST = Threshold(number="coverage", at_least=85)
AT_MOST = Threshold(number="warnings", at_most=0)


@pytest.mark.parametrize(
    ("numbers", "status", "details"),
    [
        ({"coverage": 85}, PASSED, None),
        ({"coverage": 85.0, "warnings": 0}, PASSED, None),
        ({"coverage": 84.9}, FAILED, "coverage is 84.9, should be at least 85"),
        ({"coverage": 84.99999999999999}, FAILED, "coverage is 84.99999999999999, should be at least 85"),
        ({}, ERROR, "the report has no number coverage"),
        ({"Coverage": 99}, ERROR, "the report has no number coverage"),
    ],
)
def test_a_threshold_needs_its_number(
    numbers: dict[str, float], status: GateStatus, details: str | None
) -> None:
    known = judged(gate(AT_LEAST), numbers)
    assert (known.status, known.details) == (status, details)


def test_every_threshold_has_to_hold_and_all_that_do_not_are_named() -> None:
    assert judged(gate(AT_LEAST, AT_MOST), {"coverage": 90, "warnings": 0}).status is PASSED
    known = judged(gate(AT_LEAST, AT_MOST), {"coverage": 90, "warnings": 1})
    assert (known.status, known.details) == (FAILED, "warnings is 1, should be at most 0")
    known = judged(gate(AT_LEAST, AT_MOST), {"coverage": 80})
    assert known.status is FAILED
    assert known.details == ("coverage is 80, should be at least 85; the report has no number warnings")


@pytest.mark.parametrize("status", [FAILED, ERROR])
def test_good_numbers_make_nothing_pass_that_its_reporter_did_not(status: ReportedStatus) -> None:
    assert judged(gate(AT_LEAST), {"coverage": 99}, status).status is status


def test_what_the_reporter_adds_stands_behind_the_verdict() -> None:
    known = judged(gate(AT_LEAST), {"coverage": 84.9}, details="module login")
    assert known.details == "coverage is 84.9, should be at least 85; module login"


def test_the_numbers_that_are_asked_for_are_kept_before_others() -> None:
    others = {f"n{place}": float(place) for place in range(30)}
    kept = judged(gate(AT_LEAST), {**others, "coverage": 85}).numbers
    assert kept["coverage"] == 85
    assert len(kept) == 10


@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    low=st.floats(allow_nan=False, allow_infinity=False),
    high=st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_number_passes_within_its_limits_and_nowhere_else(value: float, low: float, high: float) -> None:
    violation = Threshold(number="n", at_least=low, at_most=high).violation(value)
    assert (violation is None) == (low <= value <= high)


@pytest.mark.parametrize(
    ("check", "heard"),
    [
        ({}, True),
        ({"by": ("GitHub-Actions",)}, True),
        ({"by": ("mallory",)}, False),
        ({"by": ()}, False),
        ({"context": "Test"}, False),
        ({"kind": "status"}, False),
        ({"provider": "gitea"}, False),
    ],
)
def test_a_check_is_heard_by_its_whole_name(check: dict[str, object], heard: bool) -> None:
    usual: dict[str, object] = {"kind": "check_run", "provider": "github", "context": "test"}
    wanted = Reporter.model_validate({**usual, "by": ("github-actions",)})
    assert wanted.accepts(Reporter.model_validate({**usual, "by": ("github-actions",), **check})) is heard


def test_stored_gates_of_an_older_version_are_reported_by_tokens() -> None:
    assert Gate.model_validate({"id": "build", "reporter": "reporter"}).reporter == Reporter()


def test_gates_take_a_bounded_part_of_the_stored_job(validating: Callable[..., Job], now: datetime) -> None:
    limits = tuple(Threshold(number=f"{'n' * 62}{place}", at_least=1e14, at_most=1e15) for place in range(10))
    numbers = {limit.number: 123456789012345.6 for limit in limits}
    names = [f"{'g' * 62}{place:02}" for place in range(20)]
    job = validating(*names)
    rule = {"passes_when": limits, "reporter": Reporter(by=("a" * 100,) * 5)}
    job = job.evolve(gates=tuple(gate.model_copy(update=rule) for gate in job.gates))
    for place in range(60):
        sha = f"{place:064x}"
        job = commits.bind(job, sha)
        said = GateReport(
            gate_id=names[place % 20],
            status=GateStatus.ERROR,
            commit_sha=sha,
            url="https://" + "u" * 2040,
            details="\n" * 4000,
            numbers=numbers,
        )
        job = validation.apply_report(job, said, now, "token:" + "c" * 200)
        asked = overrides.OverrideRequest(gate_id=names[(place + 1) % 20], reason="\x00" * 1000)
        job = overrides.force(job, asked, now, "token:" + "c" * 200)
    for name in names:
        job = overrides.force(
            job, overrides.OverrideRequest(gate_id=name, reason="\x00" * 1000), now, "token:" + "c" * 200
        )
    assert len(job.other_commit_gates) == MAX_OTHER_COMMIT_GATES
    whole = len(job.model_dump_json(by_alias=True, exclude_none=True))
    assert whole < 180 * 1024
