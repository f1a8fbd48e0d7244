"""As many jobs run as a workspace lets run at once; the others wait in line, and follow in their order."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.support.http_client import Json, eventually
from tests.e2e.support.tenants import CLOSING, NewTenant, Tenant


@pytest.fixture
def narrow(new_tenant: NewTenant) -> Tenant:
    """A workspace in which two jobs run at once."""
    return new_tenant(max_running=2)


def span(tenant: Tenant, job_id: str) -> tuple[str, str]:
    """When the job's agent began and ended to be at work for it."""
    told = tenant.record(job_id)
    (began,) = (event["timestamp"] for event in told if event["type"] == "job.started")
    (ended,) = (event["timestamp"] for event in told if event["type"] in CLOSING.values())
    return began, ended


def most_at_once(runs: list[tuple[str, str]]) -> int:
    return max(sum(began <= moment < ended for began, ended in runs) for moment, _ in runs)


def waiting(tenant: Tenant, jobs: list[str]) -> Iterator[Json]:
    yield from (job for job in map(tenant.job, jobs) if job["waiting"] == "slot")


def cancel(tenant: Tenant, job_id: str) -> None:
    assert tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()["status"] == "CANCELLED"


def test_two_run_and_the_others_follow_in_order_but_for_one_who_left_the_line(narrow: Tenant) -> None:
    long: list[str] = [narrow.create(instructions="SLEEP=300")["id"] for _ in range(2)]
    for job_id in long:
        narrow.until(job_id, "RUNNING", "EXECUTION")
    line: list[str] = [narrow.create(instructions="SLEEP=2")["id"] for _ in range(4)]
    eventually(lambda: len(list(waiting(narrow, line))) == len(line), "four of six wait in line")
    assert [job["position"] for job in waiting(narrow, line)] == [1, 2, 3, 4]
    assert {job["status"] for job in waiting(narrow, line)} == {"PENDING"}

    left = line.pop(1)
    cancel(narrow, left)
    eventually(lambda: [job["position"] for job in waiting(narrow, line)] == [1, 2, 3], "the line closes up")
    for job_id in long:
        cancel(narrow, job_id)
    for job_id in line:
        narrow.until(job_id, "COMPLETED")

    runs = {job_id: span(narrow, job_id) for job_id in (*long, *line)}
    assert most_at_once(list(runs.values())) == 2
    assert sorted(line, key=lambda job_id: runs[job_id]) == line
    assert "job.started" not in narrow.types(left)


def test_more_places_let_the_next_in_within_seconds(new_tenant: NewTenant) -> None:
    tenant = new_tenant(max_running=1)
    jobs = [tenant.create(instructions="SLEEP=60")["id"] for _ in range(3)]
    eventually(lambda: len(list(waiting(tenant, jobs))) == 2, "two wait in line")
    known = tenant.admin.get("/workspaces/current").ok()
    changed: Json = tenant.admin.put("/workspaces/current", {**known, "maxRunning": None}).ok()
    assert changed["maxRunning"] is None
    eventually(lambda: not list(waiting(tenant, jobs)), "nobody waits any more")
    for job_id in jobs:
        cancel(tenant, job_id)


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
