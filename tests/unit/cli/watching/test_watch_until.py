"""Conditions that end a watch, and the times that it shows."""

from typing import Any

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

Json = dict[str, Any]


ID = "01J00000000000000000000000"


def job(**more: Any) -> Json:
    return {"id": ID, "status": "RUNNING", "attempt": 1, "maxAttempts": 1, "version": 3, **more}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"createdAt": "2026-01-02T03:13:05Z"}, "waited 1 min"),
        (
            {"createdAt": "2026-01-02T03:13:00Z", "startedAt": "2026-01-02T03:13:05Z"},
            "waited 5 s, running 1 min",
        ),
        (
            {
                "createdAt": "2026-01-02T03:13:05Z",
                "startedAt": "2026-01-02T03:13:05Z",
                "completedAt": "2026-01-02T03:13:31Z",
                "status": "COMPLETED",
            },
            "ran 26 s",
        ),
    ],
)
def test_watch_shows_waiting_and_running_time(
    mosaic: Mosaic, fake_api: FakeApi, more: Json, expected: str
) -> None:
    fake_api.respond(job(phase="VALIDATION", **more))

    assert expected in mosaic("jobs", "watch", ID, "--until", "validation", terminal=True).stdout


@pytest.mark.parametrize(
    ("more", "until", "ends"),
    [
        ({"phase": "VALIDATION"}, "validation", True),
        ({"phase": "EXECUTION"}, "validation", False),
        ({"phase": "VALIDATION"}, "action", True),
        ({"waiting": "approval"}, "action", True),
        ({"next": {"who": "agent", "what": "x"}, "phase": "VALIDATION"}, "action", False),
        ({"phase": "VALIDATION"}, "end", False),
    ],
)
def test_watch_stops_at_condition(
    mosaic: Mosaic, fake_api: FakeApi, more: Json, until: str, ends: bool
) -> None:
    fake_api.respond(job(**more), {"items": [], "cursor": "1"}, job(status="FAILED"))

    result = mosaic("jobs", "watch", ID, "--until", until)
    assert result.exit_code == (0 if ends else 1)
    assert len(fake_api.requests) == (1 if ends else 3)


@pytest.mark.parametrize(
    "command",
    [
        f"jobs watch {ID} --timeout 1m",
        f"jobs retry {ID} --wait-timeout 60",
        "jobs create --type review --instructions x --wait-timeout 1min",
        "dispatch --instructions x --wait --wait-timeout 60s",
    ],
)
def test_timeout_sets_exit_code(mosaic: Mosaic, fake_api: FakeApi, fake_clock: Any, command: str) -> None:
    def answer(request: Any) -> Any:
        fake_clock.now += 20
        return real(request)

    real = fake_api.handle
    fake_api.handle = answer  # type: ignore[method-assign]  # each request takes time
    fake_api.respond(job(next={"who": "agent", "what": "x"}, items=[], cursor="1"))

    result = mosaic(*command.split())
    assert result.exit_code == 124
    assert f"the job is still RUNNING; to keep watching: mosaic jobs watch {ID}" in result.stderr
