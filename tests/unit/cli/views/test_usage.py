"""Usage, budget and gateway state as readable fields."""

from typing import Any

from tests.unit.cli.conftest import FakeApi, Mosaic

USED: dict[str, Any] = {
    "tokensInput": 1200,
    "tokensOutput": 80,
    "durationMs": 3_725_000,
    "cost": {"USD": "0.0123"},
    "unpricedInput": 0,
    "unpricedOutput": 0,
}
JOB = "01J00000000000000000000000"


def test_usage_of_day_shows_budget(mosaic: Mosaic, fake_api: FakeApi) -> None:
    budget = {
        "cost": "2.00",
        "tokens": 5000,
        "charged": {"tokens": 1280, "cost": "0.0123"},
        "exhausted": False,
        "opensAt": "2026-02-01T00:00:00.000Z",
    }
    fake_api.respond({"day": "2026-01-31", "jobs": 3, **USED, "budget": budget})
    assert mosaic("usage").stdout.splitlines() == [
        "day: 2026-01-31",
        "jobs: 3",
        "tokens: 1200 in, 80 out",
        "agents ran: 1 h 2 min",
        "cost: 0.0123 USD",
        "budget: 0.0123 of 2.00, 1280 of 5000 tokens",
        "resets: 2026-02-01T00:00:00Z",
    ]


def test_unknown_cost_is_shown_as_unknown(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"day": "2026-01-31", "jobs": 1, **USED, "cost": {}, "unpricedInput": 9, "budget": None})
    assert "cost: unknown for 9 tokens: no price is set" in mosaic("usage").stdout
    fake_api.respond({"day": "2026-01-31", "jobs": 1, **USED, "unpricedOutput": 9, "budget": None})
    assert "cost: 0.0123 USD, unknown for 9 tokens: no price is set" in mosaic("usage").stdout


def test_waiting_job_shows_position(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"id": JOB, "status": "PENDING", "waiting": "slot", "position": 3})
    output = mosaic("jobs", "show", JOB).stdout
    assert "waiting for: slot\nposition: 3\n" in output


def test_attempts_show_usage(mosaic: Mosaic, fake_api: FakeApi) -> None:
    attempt = {**USED, "attempt": 1, "model": "gpt-5"}
    fake_api.respond({"id": JOB, "status": "COMPLETED", "usage": USED, "attempts": [attempt]})
    output = mosaic("jobs", "show", JOB).stdout
    assert "1\tgpt-5\t1200\t80\t1 h 2 min\t0.0123 USD" in output
    assert "cost: 0.0123 USD" in output


def test_health_shows_gateway_state(mosaic: Mosaic, fake_api: FakeApi) -> None:
    gateway = {
        "circuit": "open",
        "failures": 5,
        "openedAt": "2026-01-31T12:00:00.000Z",
        "probeAt": "2026-01-31T12:00:05.000Z",
        "reason": "cron.add: NewConnectionError",
    }
    fake_api.respond({"status": "degraded", "gateway": gateway})
    assert mosaic("health").stdout.splitlines() == [
        "status: degraded",
        "circuit: open",
        "failures in a row: 5",
        "open since: 2026-01-31T12:00:00Z",
        "next probe: 2026-01-31T12:00:05Z",
        "reason: cron.add: NewConnectionError",
    ]
