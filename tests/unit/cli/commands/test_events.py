"""Verification and repair of event logs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.cli.conftest import FakeApi, FakeClock, Mosaic

JOB = "01J00000000000000000000000"
VERIFY = f"/runner-jobs/{JOB}/events/verify"
REPAIR = f"/runner-jobs/{JOB}/events/repair"
REQUESTED_AT = "2026-01-31T12:00:00.000Z"


def verification(
    status: str = "intact", kind: str | None = None, searched: str | None = None, **more: Any
) -> Any:
    broken = kind and {"kind": kind, "version": 4, "detail": "version 4 is wrong", "searchedAt": searched}
    return {"status": status, "events": 3, "version": 3, "jobVersion": 5, "broken": broken, **more}


def paths(api: FakeApi) -> list[str]:
    return [path for _, path, _ in api.calls]


def test_verify_reads_all_pages(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(verification("partial", cursor="3~1~"), verification())
    result = mosaic("events", "verify", JOB)

    assert (result.exit_code, paths(fake_api)) == (0, [VERIFY, f"{VERIFY}?cursor=3~1~"])
    assert "events: 6" in result.stdout.splitlines()


@pytest.mark.parametrize("kind", ["gap", "edit", "extra", "missing_tail"])
def test_broken_log_exits_8(mosaic: Mosaic, fake_api: FakeApi, kind: str) -> None:
    fake_api.respond(verification("broken", kind))
    result = mosaic("events", "verify", JOB)

    assert result.exit_code == 8
    assert f"broken: {kind}: version 4 is wrong" in result.stdout


def test_log_behind_is_not_broken(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(verification("behind"))
    assert mosaic("events", "verify", JOB).exit_code == 0


def test_repair_waits_until_log_is_intact(mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock) -> None:
    gap = verification("broken", "gap")
    fake_api.respond(gap, {"requestedAt": REQUESTED_AT}, gap, verification())
    result = mosaic("events", "repair", JOB)

    assert (result.exit_code, paths(fake_api)) == (0, [VERIFY, REPAIR, VERIFY, VERIFY])
    assert "repair: no events are missing" in result.stdout
    assert fake_clock.slept == [2.0, 2.0]


def test_repair_reports_unrecoverable_events(mosaic: Mosaic, fake_api: FakeApi) -> None:
    searched = verification("broken", "gap", searched="2026-01-31T12:00:05.000Z")
    before = verification("broken", "gap", searched="2026-01-31T11:00:00.000Z")
    fake_api.respond(before, {"requestedAt": REQUESTED_AT}, before, searched)
    result = mosaic("events", "repair", JOB)

    assert result.exit_code == 8
    assert "cannot be recovered" in result.stdout


def test_repair_stops_waiting_after_90_seconds(
    mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock
) -> None:
    fake_api.respond(
        verification("broken", "missing_tail"),
        {"requestedAt": REQUESTED_AT},
        verification("broken", "missing_tail"),
    )
    result = mosaic("events", "repair", JOB)

    assert (result.exit_code, sum(fake_clock.slept)) == (8, 90.0)
    assert "has not processed it yet" in result.stdout


@pytest.mark.parametrize("kind", ["edit", "extra"])
def test_changed_events_are_not_repaired(mosaic: Mosaic, fake_api: FakeApi, kind: str) -> None:
    fake_api.respond(verification("broken", kind))
    result = mosaic("events", "repair", JOB)

    assert (result.exit_code, paths(fake_api)) == (8, [VERIFY])
    assert "cannot undo" in result.stdout


def test_redrive_lists_messages(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"items": [{"jobId": JOB, "outcome": "retried", "reason": None}]})
    result = mosaic("redrive")

    assert (result.exit_code, result.stdout.splitlines()[1].split("\t")[:2]) == (0, [JOB, "retried"])
