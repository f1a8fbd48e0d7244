"""As many jobs run as a workspace lets run at once; the others wait in line, and follow in their order."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.tenants import NewTenant, Tenant
from tests.e2e.web import Json, eventually

SIX = 6


@pytest.fixture
def narrow(new_tenant: NewTenant) -> Tenant:
    """A workspace in which two jobs run at once."""
    return new_tenant(max_running=2)


def spans(tenant: Tenant, job_id: str) -> tuple[str, str]:
    """When the job's agent began and ended to be at work for it."""
    told = tenant.record(job_id)
    (began,) = (event["timestamp"] for event in told if event["type"] == "job.started")
    (ended,) = (event["timestamp"] for event in told if event["type"] == "job.completed")
    return began, ended


def most_at_once(runs: list[tuple[str, str]]) -> int:
    return max(sum(began <= moment < ended for began, ended in runs) for moment, _ in runs)


def waiting(tenant: Tenant, jobs: list[str]) -> Iterator[Json]:
    yield from (job for job in map(tenant.job, jobs) if job["waiting"] == "slot")


def test_two_run_and_the_others_follow_in_order_but_for_one_who_left_the_line(narrow: Tenant) -> None:
    jobs: list[str] = [narrow.create(instructions="SLEEP=3")["id"] for _ in range(SIX)]
    eventually(lambda: len(list(waiting(narrow, jobs))) == SIX - 2, "four of six wait in line")
    line = sorted(waiting(narrow, jobs), key=lambda job: job["id"])
    assert [job["position"] for job in line] == [1, 2, 3, 4]
    assert {job["status"] for job in line} == {"PENDING"}

    left = line[1]["id"]
    assert narrow.member.post(f"/runner-jobs/{left}/cancel").ok()["status"] == "CANCELLED"
    eventually(lambda: narrow.job(line[2]["id"])["position"] in (1, 2, None), "the line closes up")

    stayed = [job_id for job_id in jobs if job_id != left]
    for job_id in stayed:
        narrow.until(job_id, "COMPLETED")
    runs = {job_id: spans(narrow, job_id) for job_id in stayed}
    assert most_at_once(list(runs.values())) == 2
    followed = [job["id"] for job in line if job["id"] != left]
    assert sorted(followed, key=lambda job_id: runs[job_id]) == followed
    assert "job.started" not in narrow.types(left)


def test_more_places_let_the_next_in_within_seconds(new_tenant: NewTenant) -> None:
    tenant = new_tenant(max_running=1)
    jobs = [tenant.create(instructions="SLEEP=60")["id"] for _ in range(3)]
    eventually(lambda: len(list(waiting(tenant, jobs))) == 2, "two wait in line")
    known = tenant.admin.get("/workspaces/current").ok()
    changed: Json = tenant.admin.put("/workspaces/current", {**known, "maxRunning": None}).ok()
    assert changed["maxRunning"] is None
    eventually(lambda: not list(waiting(tenant, jobs)), "nobody waits any more", within=10)
    for job_id in jobs:
        tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_use_is_told_and_a_budget_that_is_used_up_holds_the_next_back(new_tenant: NewTenant) -> None:
    prices: dict[str, Any] = {"currency": "USD", "models": {"fake-1": {"input": "3.00", "output": "15.00"}}}
    tenant = new_tenant(prices=prices, daily_budget={"tokens": 1})
    first = tenant.until(tenant.create()["id"], "COMPLETED")
    (attempt,) = first["attempts"]
    assert attempt["cost"] == first["usage"]["cost"]
    assert float(attempt["cost"]["USD"]) > 0

    def counted() -> Json | None:
        day = tenant.viewer.get("/workspaces/current/usage").ok()
        return day if day["jobs"] else None

    day = eventually(counted, "what was used is counted")
    assert (day["jobs"], day["cost"]) == (1, first["usage"]["cost"])
    assert day["budget"]["exhausted"] is True

    refused = tenant.until(tenant.create()["id"], "FAILED")
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("budget_exhausted", True)
    assert day["budget"]["opensAt"] in refused["error"]["title"]
