"""Limits, prices, budgets, usage, queue positions and gateway health over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mosaic.access.model import Role, Token
from mosaic.access.tokens import digest
from mosaic.jobs.states import JobStatus
from mosaic.openclaw.circuit import FAILURES
from tests.fakes.api import ADMIN, Answered, FakeApi
from tests.fakes.clock import NOON

AsTold = Callable[[Answered], None]

PRICES = {"currency": "USD", "models": {"fake-1": {"input": "1", "output": "2.50"}}}
VIEWER = ADMIN.model_copy(update={"role": Role.VIEWER})


def settings(api: FakeApi, **changes: Any) -> dict[str, Any]:
    known = api.send("GET", "/workspaces/current").json
    return {**known, **changes}


def put(api: FakeApi, **changes: Any) -> Answered:
    return api.send("PUT", "/workspaces/current", settings(api, **changes))


def job(api: FakeApi, **fields: Any) -> str:
    made = api.send("POST", "/runner-jobs", {"type": "git-status", "instructions": "Look", **fields})
    assert made.status == 202
    job_id: str = made.json["id"]
    return job_id


def bearer(api: FakeApi, role: Role) -> dict[str, str]:
    kept = digest("s3cret")
    api.deployment.access.put_token(
        Token(id=str(role), workspace_id="demo", role=role, digest=kept, created_at=NOON)
    )
    return {"authorization": f"Bearer {role}-s3cret"}


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    "changes",
    [
        {"maxRunning": 1},
        {"maxRunning": 100},
        {"prices": PRICES, "dailyBudget": {"cost": "12.50", "tokens": None}},
        {"dailyBudget": {"cost": None, "tokens": 1000000}},
    ],
)
def test_settings_are_returned_and_accepted_again(
    api: FakeApi, as_told: AsTold, changes: dict[str, Any]
) -> None:
    answered = put(api, **changes)
    as_told(answered)
    assert answered.status == 200
    assert {name: answered.json[name] for name in changes} == changes
    version = answered.json["version"]
    assert put(api).json["version"] == version


@pytest.mark.parametrize("name", ["maxRunning", "prices", "dailyBudget"])
def test_null_clears_a_setting(api: FakeApi, name: str) -> None:
    put(api, maxRunning=3, prices=PRICES, dailyBudget={"tokens": 5})
    known = settings(api)
    silent = {field: value for field, value in known.items() if field != name}
    assert api.send("PUT", "/workspaces/current", silent).json[name] == known[name]
    assert put(api, **{name: None}).json[name] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"maxRunning": 0}, "maxRunning"),
        ({"maxRunning": 101}, "maxRunning"),
        ({"prices": {**PRICES, "currency": "usd"}}, "prices.currency"),
        ({"prices": {"currency": "USD", "models": {}}}, "prices.models"),
        (
            {"prices": {"currency": "USD", "models": {"m": {"input": 1.5, "output": "1"}}}},
            "prices.models.m.input",
        ),
        (
            {"prices": {"currency": "USD", "models": {"m": {"input": "-1", "output": "1"}}}},
            "prices.models.m.input",
        ),
        (
            {"prices": {"currency": "USD", "models": {"m": {"input": "1.1234567", "output": "1"}}}},
            "prices.models.m.input",
        ),
        ({"dailyBudget": {"tokens": -1}}, "dailyBudget.tokens"),
        ({"dailyBudget": {"cost": "1"}}, "dailyBudget.cost"),
    ],
)
def test_invalid_settings_are_named(api: FakeApi, changes: dict[str, Any], field: str) -> None:
    answered = put(api, **changes)
    assert (answered.status, answered.fields) == (422, [field])


def test_more_slots_admit_the_next_job_at_once(api: FakeApi) -> None:
    put(api, maxRunning=1)
    jobs = [job(api, instructions="SLEEP=600") for _ in range(3)]
    api.deployment.run(20)
    put(api, maxRunning=2)
    api.deployment.run(5)
    found = [api.send("GET", f"/runner-jobs/{job_id}").json["status"] for job_id in jobs]
    assert found == ["RUNNING", "RUNNING", "PENDING"]


# ------------------------------------------------------------------ the line


def test_waiting_job_shows_its_position(api: FakeApi, as_told: AsTold) -> None:
    put(api, maxRunning=1)
    jobs = [job(api, instructions="SLEEP=600", priority=priority) for priority in (5, 5, 5, 9)]
    api.deployment.run(10)
    answers = [api.send("GET", f"/runner-jobs/{job_id}") for job_id in jobs]
    for answered in answers:
        as_told(answered)
    assert [answered.json["position"] for answered in answers] == [None, 2, 3, 1]
    assert [answered.json["waiting"] for answered in answers] == [None, "slot", "slot", "slot"]


# ------------------------------------------------------------------ use


def test_usage_is_shown_by_attempt_job_and_day(api: FakeApi, as_told: AsTold) -> None:
    put(api, prices=PRICES, dailyBudget={"cost": "1", "tokens": None})
    job_id = job(api)
    api.deployment.run(30)
    found = api.send("GET", f"/runner-jobs/{job_id}")
    as_told(found)
    (attempt,) = found.json["attempts"]
    assert attempt["model"] == "fake-1"
    used = {name: found.json["usage"][name] for name in ("tokensInput", "tokensOutput", "cost", "durationMs")}
    assert {name: attempt[name] for name in used} == used
    day = api.send("GET", "/workspaces/current/usage", caller=VIEWER)
    as_told(day)
    assert (day.json["day"], day.json["jobs"]) == ("2026-11-22", 1)
    assert {name: day.json[name] for name in used} == used
    assert day.json["budget"]["charged"] == {
        "tokens": used["tokensInput"] + used["tokensOutput"],
        "cost": used["cost"]["USD"],
    }
    assert day.json["budget"]["exhausted"] is False
    assert day.json["budget"]["opensAt"] == "2026-11-23T00:00:00.000Z"


def test_day_without_runs_is_zero(api: FakeApi) -> None:
    found = api.send("GET", "/workspaces/current/usage", query="day=2026-11-01").json
    assert (found["jobs"], found["tokensInput"], found["cost"], found["budget"]) == (0, 0, {}, None)


@pytest.mark.parametrize("day", ["2026-11-23", "2026-10-01", "yesterday", "2026-13-01", ""])
def test_invalid_day_is_rejected(api: FakeApi, day: str) -> None:
    answered = api.send("GET", "/workspaces/current/usage", query=f"day={day}")
    assert (answered.status, answered.fields) == (422, ["day"])


def test_exhausted_budget_is_shown(api: FakeApi) -> None:
    put(api, dailyBudget={"tokens": 0})
    job_id = job(api)
    api.deployment.run(5)
    found = api.send("GET", f"/runner-jobs/{job_id}").json
    assert (found["status"], found["error"]["code"]) == (JobStatus.FAILED, "budget_exhausted")
    assert api.send("GET", "/workspaces/current/usage").json["budget"]["exhausted"] is True


# ------------------------------------------------------------------ health


def test_only_admins_see_the_gateway(api: FakeApi, as_told: AsTold) -> None:
    for headers in (
        {},
        bearer(api, Role.MEMBER),
        {"authorization": "Bearer nobody-s"},
        {"authorization": "x"},
    ):
        answered = api.send("GET", "/health", headers=headers, caller=None)
        as_told(answered)
        assert answered.json == {"status": "ok"}
    answered = api.send("GET", "/health", headers=bearer(api, Role.ADMIN), caller=None)
    as_told(answered)
    assert answered.json["status"] == "ok"
    assert answered.json["gateway"]["circuit"] == "closed"
    assert answered.headers["cache-control"] == "no-store"


def test_open_circuit_shows_reason_and_probe(api: FakeApi, as_told: AsTold) -> None:
    api.deployment.gateway.down = True
    for _ in range(FAILURES):
        job(api)
    api.deployment.run(1)
    answered = api.send("GET", "/health", headers=bearer(api, Role.ADMIN), caller=None)
    as_told(answered)
    gateway = answered.json["gateway"]
    assert (answered.json["status"], gateway["circuit"], gateway["failures"]) == (
        "degraded",
        "open",
        FAILURES,
    )
    assert "down" in gateway["reason"]
    assert gateway["probeAt"] > gateway["openedAt"]
