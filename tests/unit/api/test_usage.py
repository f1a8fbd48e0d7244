"""Limits, prices, budgets, usage, queue positions and gateway health over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mosaic.access.model import Role, Token
from mosaic.access.tokens import digest
from mosaic.jobs.errors import TooManyJobs
from mosaic.jobs.states import JobStatus
from mosaic.jobs.usage import DayUsage
from mosaic.openclaw.circuit import FAILURES
from tests.fakes.api import ADMIN, ApiResponse, FakeApi
from tests.fakes.clock import NOON

MatchesContract = Callable[[ApiResponse], None]

PRICES = {"currency": "USD", "models": {"fake-1": {"input": "1", "output": "2.50"}}}
VIEWER = ADMIN.model_copy(update={"role": Role.VIEWER})


def settings(api: FakeApi, **changes: Any) -> dict[str, Any]:
    known = api.send("GET", "/workspaces/current").json
    return {**known, **changes}


def put(api: FakeApi, **changes: Any) -> ApiResponse:
    return api.send("PUT", "/workspaces/current", settings(api, **changes))


def job(api: FakeApi, **fields: Any) -> str:
    created = api.send("POST", "/runner-jobs", {"type": "git-status", "instructions": "Look", **fields})
    assert created.status == 202
    job_id: str = created.json["id"]
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
        {"maxOpenJobsPerActor": 100, "maxOpenJobsPerIssue": 1, "guestsNeedApproval": False},
        {"allowedBots": ["github:renovate[bot]"], "agentLogins": ["gitea:acme-agent"]},
        {"prices": PRICES, "dailyBudget": {"cost": "12.50", "tokens": None}},
        {"dailyBudget": {"cost": None, "tokens": 1000000}},
    ],
)
def test_settings_are_returned_and_accepted_again(
    api: FakeApi, matches_contract: MatchesContract, changes: dict[str, Any]
) -> None:
    response = put(api, **changes)
    matches_contract(response)
    assert response.status == 200
    assert {name: response.json[name] for name in changes} == changes
    version = response.json["version"]
    assert put(api).json["version"] == version


def test_omitted_settings_stay_unchanged(api: FakeApi) -> None:
    changes = {"guestsNeedApproval": False, "maxOpenJobsPerActor": 3, "agentLogins": ["github:acme-agent"]}
    put(api, **changes)
    silent = {name: value for name, value in settings(api).items() if name not in changes}
    kept = api.send("PUT", "/workspaces/current", silent).json
    assert {name: kept[name] for name in changes} == changes


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
        ({"maxOpenJobsPerActor": 0}, "maxOpenJobsPerActor"),
        ({"maxOpenJobsPerIssue": 101}, "maxOpenJobsPerIssue"),
        ({"guestsNeedApproval": "no"}, "guestsNeedApproval"),
        ({"allowedBots": ["renovate[bot]"]}, "allowedBots[0]"),
        ({"agentLogins": ["github:an agent"]}, "agentLogins[0]"),
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
    response = put(api, **changes)
    assert (response.status, response.fields) == (422, [field])


def test_more_slots_admit_the_next_job_at_once(api: FakeApi) -> None:
    put(api, maxRunning=1)
    jobs = [job(api, instructions="SLEEP=600") for _ in range(3)]
    api.deployment.run(20)
    put(api, maxRunning=2)
    api.deployment.run(5)
    result = [api.send("GET", f"/runner-jobs/{job_id}").json["status"] for job_id in jobs]
    assert result == ["RUNNING", "RUNNING", "PENDING"]


# ------------------------------------------------------------------ the line


def test_waiting_job_shows_its_position(api: FakeApi, matches_contract: MatchesContract) -> None:
    put(api, maxRunning=1)
    jobs = [job(api, instructions="SLEEP=600", priority=priority) for priority in (5, 5, 5, 9)]
    api.deployment.run(10)
    answers = [api.send("GET", f"/runner-jobs/{job_id}") for job_id in jobs]
    for response in answers:
        matches_contract(response)
    assert [response.json["position"] for response in answers] == [None, 2, 3, 1]
    assert [response.json["waiting"] for response in answers] == [None, "slot", "slot", "slot"]


# ------------------------------------------------------------------ use


def test_usage_is_shown_by_attempt_job_and_day(api: FakeApi, matches_contract: MatchesContract) -> None:
    put(api, prices=PRICES, dailyBudget={"cost": "1", "tokens": None})
    job_id = job(api)
    api.deployment.run(30)
    result = api.send("GET", f"/runner-jobs/{job_id}")
    matches_contract(result)
    (attempt,) = result.json["attempts"]
    assert attempt["model"] == "fake-1"
    used = {
        name: result.json["usage"][name] for name in ("tokensInput", "tokensOutput", "cost", "durationMs")
    }
    assert {name: attempt[name] for name in used} == used
    day = api.send("GET", "/workspaces/current/usage", caller=VIEWER)
    matches_contract(day)
    assert (day.json["day"], day.json["jobs"]) == ("2026-11-22", 1)
    assert {name: day.json[name] for name in used} == used
    assert day.json["budget"]["charged"] == {
        "tokens": used["tokensInput"] + used["tokensOutput"],
        "cost": used["cost"]["USD"],
    }
    assert day.json["budget"]["exhausted"] is False
    assert day.json["budget"]["opensAt"] == "2026-11-23T00:00:00.000Z"


def test_day_without_runs_is_zero(api: FakeApi) -> None:
    result = api.send("GET", "/workspaces/current/usage", query="day=2026-11-01").json
    assert (result["jobs"], result["tokensInput"], result["cost"], result["budget"]) == (0, 0, {}, None)


@pytest.mark.parametrize("day", ["2026-11-23", "2026-10-01", "yesterday", "2026-13-01", ""])
def test_invalid_day_is_rejected(api: FakeApi, day: str) -> None:
    response = api.send("GET", "/workspaces/current/usage", query=f"day={day}")
    assert (response.status, response.fields) == (422, ["day"])


def test_day_with_too_many_jobs_since_is_rejected(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    def usage_on(_: str, day: str, most: int | None = None) -> DayUsage:
        if most is not None:
            raise TooManyJobs(most)
        return DayUsage(day=day)

    monkeypatch.setattr(api.services.jobs, "usage_on", usage_on)
    response = api.send("GET", "/workspaces/current/usage", query="day=2026-11-21")
    assert (response.status, response.fields) == (422, ["day"])
    assert "ask for a later day" in response.json["errors"][0]["message"]
    assert api.send("GET", "/workspaces/current/usage").status == 200


def test_exhausted_budget_is_shown(api: FakeApi) -> None:
    put(api, dailyBudget={"tokens": 0})
    job_id = job(api)
    api.deployment.run(5)
    result = api.send("GET", f"/runner-jobs/{job_id}").json
    assert (result["status"], result["error"]["code"]) == (JobStatus.FAILED, "budget_exhausted")
    assert api.send("GET", "/workspaces/current/usage").json["budget"]["exhausted"] is True


# ------------------------------------------------------------------ health


def test_only_admins_see_the_gateway(api: FakeApi, matches_contract: MatchesContract) -> None:
    for headers in (
        {},
        bearer(api, Role.MEMBER),
        {"authorization": "Bearer nobody-s"},
        {"authorization": "x"},
    ):
        response = api.send("GET", "/health", headers=headers, caller=None)
        matches_contract(response)
        assert response.json == {"status": "ok"}
    response = api.send("GET", "/health", headers=bearer(api, Role.ADMIN), caller=None)
    matches_contract(response)
    assert response.json["status"] == "ok"
    assert response.json["gateway"]["circuit"] == "closed"
    assert response.headers["cache-control"] == "no-store"


def test_open_circuit_shows_reason_and_probe(api: FakeApi, matches_contract: MatchesContract) -> None:
    api.deployment.gateway.down = True
    for _ in range(FAILURES):
        job(api)
    api.deployment.run(1)
    response = api.send("GET", "/health", headers=bearer(api, Role.ADMIN), caller=None)
    matches_contract(response)
    gateway = response.json["gateway"]
    assert (response.json["status"], gateway["circuit"], gateway["failures"]) == (
        "degraded",
        "open",
        FAILURES,
    )
    assert "down" in gateway["reason"]
    assert gateway["probeAt"] > gateway["openedAt"]
