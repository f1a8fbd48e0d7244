"""A workspace runs a limited number of jobs at once; the others wait in a queue and follow in order."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.support.http_client import Json, wait_until
from tests.e2e.support.tenants import FINAL_EVENTS, NewTenant, Tenant


@pytest.fixture
def limited_tenant(new_tenant: NewTenant) -> Tenant:
    """A workspace that runs two jobs at once."""
    return new_tenant(max_running=2)


def run_span(tenant: Tenant, job_id: str) -> tuple[str, str]:
    """Returns the start and the end of the job's run."""
    events = tenant.recorded_events(job_id)
    (began,) = (event["timestamp"] for event in events if event["type"] == "job.started")
    (ended,) = (event["timestamp"] for event in events if event["type"] in FINAL_EVENTS.values())
    return began, ended


def max_concurrent(runs: list[tuple[str, str]]) -> int:
    return max(sum(began <= moment < ended for began, ended in runs) for moment, _ in runs)


def waiting(tenant: Tenant, jobs: list[str]) -> Iterator[Json]:
    yield from (job for job in map(tenant.job, jobs) if job["waiting"] == "slot")


def cancel(tenant: Tenant, job_id: str) -> None:
    assert tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()["status"] == "CANCELLED"


def test_queued_jobs_run_in_order_within_the_limit(limited_tenant: Tenant) -> None:
    long_jobs: list[str] = [limited_tenant.create(instructions="SLEEP=300")["id"] for _ in range(2)]
    for job_id in long_jobs:
        limited_tenant.wait_for(job_id, "RUNNING", "EXECUTION")
    queue: list[str] = [limited_tenant.create(instructions="SLEEP=2")["id"] for _ in range(4)]
    wait_until(lambda: len(list(waiting(limited_tenant, queue))) == len(queue), "four of six jobs wait")
    assert [job["position"] for job in waiting(limited_tenant, queue)] == [1, 2, 3, 4]
    assert {job["status"] for job in waiting(limited_tenant, queue)} == {"PENDING"}

    cancelled = queue.pop(1)
    cancel(limited_tenant, cancelled)
    wait_until(
        lambda: [job["position"] for job in waiting(limited_tenant, queue)] == [1, 2, 3],
        "the positions move up",
    )
    for job_id in long_jobs:
        cancel(limited_tenant, job_id)
    for job_id in queue:
        limited_tenant.wait_for(job_id, "COMPLETED")

    runs = {job_id: run_span(limited_tenant, job_id) for job_id in (*long_jobs, *queue)}
    assert max_concurrent(list(runs.values())) == 2
    assert sorted(queue, key=lambda job_id: runs[job_id]) == queue
    assert "job.started" not in limited_tenant.event_types(cancelled)


def test_raised_limit_admits_waiting_jobs(new_tenant: NewTenant) -> None:
    tenant = new_tenant(max_running=1)
    jobs = [tenant.create(instructions="SLEEP=60")["id"] for _ in range(3)]
    wait_until(lambda: len(list(waiting(tenant, jobs))) == 2, "two jobs wait")
    workspace = tenant.admin.get("/workspaces/current").ok()
    changed: Json = tenant.admin.put("/workspaces/current", {**workspace, "maxRunning": None}).ok()
    assert changed["maxRunning"] is None
    wait_until(lambda: not list(waiting(tenant, jobs)), "no job waits")
    for job_id in jobs:
        cancel(tenant, job_id)


def test_exhausted_budget_refuses_the_next_job(new_tenant: NewTenant) -> None:
    prices: dict[str, Any] = {"currency": "USD", "models": {"fake-1": {"input": "3.00", "output": "15.00"}}}
    tenant = new_tenant(prices=prices, daily_budget={"tokens": 1})
    first = tenant.wait_for(tenant.create()["id"], "COMPLETED")
    (attempt,) = first["attempts"]
    assert attempt["cost"] == first["usage"]["cost"]
    assert float(attempt["cost"]["USD"]) > 0

    def counted() -> Json | None:
        day = tenant.viewer.get("/workspaces/current/usage").ok()
        return day if day["jobs"] else None

    day = wait_until(counted, "the usage is counted")
    assert (day["jobs"], day["cost"]) == (1, first["usage"]["cost"])
    assert day["budget"]["exhausted"] is True

    refused = tenant.wait_for(tenant.create()["id"], "FAILED")
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("budget_exhausted", True)
    assert day["budget"]["opensAt"] in refused["error"]["title"]
