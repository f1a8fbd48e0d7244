"""Evaluation of gate reports, and the size limits of stored reports."""

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


def evaluated(
    gate_now: Gate,
    numbers: dict[str, float],
    status: ReportedStatus = GateStatus.PASSED,
    details: str | None = None,
) -> Gate:
    report = GateReport(gate_id=gate_now.id, status=status, commit_sha=SHA, details=details, numbers=numbers)
    return reported(gate_now, report, "token:ci")


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
def test_missing_number_is_an_error(
    numbers: dict[str, float], status: GateStatus, details: str | None
) -> None:
    gate_now = evaluated(gate(AT_LEAST), numbers)
    assert (gate_now.status, gate_now.details) == (status, details)


def test_all_violated_thresholds_are_named() -> None:
    assert evaluated(gate(AT_LEAST, AT_MOST), {"coverage": 90, "warnings": 0}).status is PASSED
    gate_now = evaluated(gate(AT_LEAST, AT_MOST), {"coverage": 90, "warnings": 1})
    assert (gate_now.status, gate_now.details) == (FAILED, "warnings is 1, should be at most 0")
    gate_now = evaluated(gate(AT_LEAST, AT_MOST), {"coverage": 80})
    assert gate_now.status is FAILED
    assert gate_now.details == ("coverage is 80, should be at least 85; the report has no number warnings")


@pytest.mark.parametrize("status", [FAILED, ERROR])
def test_good_numbers_do_not_turn_failure_into_pass(status: ReportedStatus) -> None:
    assert evaluated(gate(AT_LEAST), {"coverage": 99}, status).status is status


def test_reporter_details_follow_the_reason() -> None:
    gate_now = evaluated(gate(AT_LEAST), {"coverage": 84.9}, details="module login")
    assert gate_now.details == "coverage is 84.9, should be at least 85; module login"


def test_numbers_with_thresholds_are_kept_first() -> None:
    others = {f"n{index}": float(index) for index in range(30)}
    numbers = evaluated(gate(AT_LEAST), {**others, "coverage": 85}).numbers
    assert numbers["coverage"] == 85
    assert len(numbers) == 10


@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    low=st.floats(allow_nan=False, allow_infinity=False),
    high=st.floats(allow_nan=False, allow_infinity=False),
)
def test_number_passes_only_within_limits(value: float, low: float, high: float) -> None:
    violation = Threshold(number="n", at_least=low, at_most=high).violation(value)
    assert (violation is None) == (low <= value <= high)


@pytest.mark.parametrize(
    ("check", "accepted"),
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
def test_check_matches_by_exact_name(check: dict[str, object], accepted: bool) -> None:
    usual: dict[str, object] = {"kind": "check_run", "provider": "github", "context": "test"}
    reporter = Reporter.model_validate({**usual, "by": ("github-actions",)})
    assert (
        reporter.accepts(Reporter.model_validate({**usual, "by": ("github-actions",), **check})) is accepted
    )


@pytest.mark.parametrize(
    ("by", "reporter", "accepted"),
    [
        ("ci-bot", "ci-bot", True),
        ("ci-bot", "CI-Bot#7", True),
        ("ci-bot#7", "ci-bot#7", True),
        ("ci-bot#7", "renamed#7", True),
        ("ci-bot#7", "ci-bot#8", False),
        ("ci-bot#7", "ci-bot", False),
        ("ci-bot#7", "7", False),
        ("ci-bot", "other#7", False),
        ("ki", "\u212ai#7", False),
    ],
)
def test_status_matches_the_account(by: str, reporter: str, accepted: bool) -> None:
    check = Reporter(kind="status", provider="github", context="ci", by=("root", by))
    assert check.accepts(check.model_copy(update={"by": (reporter,)})) is accepted
    assert not check.accepts(check.model_copy(update={"by": (reporter,), "provider": "gitea"}))


def test_check_without_named_reporters_accepts_none() -> None:
    check = Reporter(kind="status", provider="github", context="ci")
    assert not check.accepts(check.model_copy(update={"by": ("mallory",)}))


def test_old_stored_gates_are_reported_by_tokens() -> None:
    assert Gate.model_validate({"id": "build", "reporter": "reporter"}).reporter == Reporter()


def test_gates_take_bounded_part_of_stored_job(validating: Callable[..., Job], now: datetime) -> None:
    limits = tuple(Threshold(number=f"{'n' * 62}{index}", at_least=1e14, at_most=1e15) for index in range(10))
    numbers = {limit.number: 123456789012345.6 for limit in limits}
    names = [f"{'g' * 62}{index:02}" for index in range(20)]
    job = validating(*names)
    rule = {"passes_when": limits, "reporter": Reporter(by=("a" * 100,) * 5)}
    job = job.evolve(gates=tuple(gate.model_copy(update=rule) for gate in job.gates))
    for index in range(60):
        sha = f"{index:064x}"
        job = commits.with_commit(job, sha, "token")
        report = GateReport(
            gate_id=names[index % 20],
            status=GateStatus.ERROR,
            commit_sha=sha,
            url="https://" + "u" * 2040,
            details="\n" * 4000,
            numbers=numbers,
        )
        job = validation.apply_report(job, report, now, "token:" + "c" * 200)
        request = overrides.OverrideRequest(gate_id=names[(index + 1) % 20], reason="\x00" * 1000)
        job = overrides.force(job, request, now, "token:" + "c" * 200)
    for name in names:
        job = overrides.force(
            job, overrides.OverrideRequest(gate_id=name, reason="\x00" * 1000), now, "token:" + "c" * 200
        )
    assert len(job.other_commit_gates) == MAX_OTHER_COMMIT_GATES
    whole = len(job.model_dump_json(by_alias=True, exclude_none=True))
    assert whole < 180 * 1024
