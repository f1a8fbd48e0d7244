"""Checking and mending a log, whatever the API finds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic, Time

JOB = "01J00000000000000000000000"
VERIFY = f"/runner-jobs/{JOB}/events/verify"
REPAIR = f"/runner-jobs/{JOB}/events/repair"
ASKED = "2026-01-31T12:00:00.000Z"


def found(status: str = "intact", kind: str | None = None, searched: str | None = None, **more: Any) -> Any:
    broken = kind and {"kind": kind, "version": 4, "detail": "version 4 is wrong", "searchedAt": searched}
    return {"status": status, "events": 3, "version": 3, "jobVersion": 5, "broken": broken, **more}


def paths(api: FakeApi) -> list[str]:
    return [path for _, path, _ in api.asked]


def test_verify_reads_all_pages(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will(found("partial", cursor="3~1~"), found())
    result = mosaic("events", "verify", JOB)

    assert (result.exit_code, paths(fake_api)) == (0, [VERIFY, f"{VERIFY}?cursor=3~1~"])
    assert "events: 6" in result.stdout.splitlines()


@pytest.mark.parametrize("kind", ["gap", "edit", "extra", "missing_tail"])
def test_broken_log_exits_8(mosaic: Mosaic, fake_api: FakeApi, kind: str) -> None:
    fake_api.will(found("broken", kind))
    result = mosaic("events", "verify", JOB)

    assert result.exit_code == 8
    assert f"broken: {kind}: version 4 is wrong" in result.stdout


def test_log_behind_is_not_broken(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will(found("behind"))
    assert mosaic("events", "verify", JOB).exit_code == 0


def test_repair_waits_until_log_is_intact(mosaic: Mosaic, fake_api: FakeApi, passing: Time) -> None:
    gap = found("broken", "gap")
    fake_api.will(gap, {"askedAt": ASKED}, gap, found())
    result = mosaic("events", "repair", JOB)

    assert (result.exit_code, paths(fake_api)) == (0, [VERIFY, REPAIR, VERIFY, VERIFY])
    assert "repair: no events are missing" in result.stdout
    assert passing.slept == [2.0, 2.0]


def test_repair_reports_unrecoverable_events(mosaic: Mosaic, fake_api: FakeApi) -> None:
    searched = found("broken", "gap", searched="2026-01-31T12:00:05.000Z")
    before = found("broken", "gap", searched="2026-01-31T11:00:00.000Z")
    fake_api.will(before, {"askedAt": ASKED}, before, searched)
    result = mosaic("events", "repair", JOB)

    assert result.exit_code == 8
    assert "cannot be recovered" in result.stdout


def test_repair_stops_waiting_after_90_seconds(
    mosaic: Mosaic, fake_api: FakeApi, passing: Time
) -> None:
    fake_api.will(found("broken", "missing_tail"), {"askedAt": ASKED}, found("broken", "missing_tail"))
    result = mosaic("events", "repair", JOB)

    assert (result.exit_code, sum(passing.slept)) == (8, 90.0)
    assert "has not processed it yet" in result.stdout


@pytest.mark.parametrize("kind", ["edit", "extra"])
def test_changed_events_are_not_repaired(mosaic: Mosaic, fake_api: FakeApi, kind: str) -> None:
    fake_api.will(found("broken", kind))
    result = mosaic("events", "repair", JOB)

    assert (result.exit_code, paths(fake_api)) == (8, [VERIFY])
    assert "cannot undo" in result.stdout


def test_redrive_lists_messages(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will({"items": [{"jobId": JOB, "outcome": "retried", "reason": None}]})
    result = mosaic("redrive")

    assert (result.exit_code, result.stdout.splitlines()[1].split("\t")[:2]) == (0, [JOB, "retried"])
