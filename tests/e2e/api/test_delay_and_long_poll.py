"""Delayed jobs, pages of events, and long polling."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from tests.e2e.support.http_client import Json
from tests.e2e.support.tenants import Tenant


def test_delayed_job_runs_at_its_time(tenant: Tenant) -> None:
    run_at = datetime.now(UTC) + timedelta(seconds=1.5)
    job = tenant.create(runAt=run_at.isoformat())
    assert (job["status"], job["waiting"], job["queuedAt"]) == ("PENDING", "delay", None)
    done = tenant.wait_for(job["id"], "COMPLETED")
    assert done["waiting"] is None
    assert datetime.fromisoformat(done["startedAt"]) >= run_at - timedelta(seconds=2)
    story = ["job.created", "job.queued", "job.started", "job.completed"]
    assert [event_type for event_type in tenant.event_types(job["id"]) if event_type in story] == story


def test_past_start_time_queues_at_once(tenant: Tenant) -> None:
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert tenant.create(runAt=past)["status"] == "QUEUED"


def test_event_pages_end_with_a_cursor(tenant: Tenant) -> None:
    job_id = tenant.create()["id"]
    tenant.wait_for(job_id, "COMPLETED")
    events, cursor = tenant.recorded_events(job_id), ""
    received: list[Json] = []
    while len(received) < len(events):
        page = tenant.viewer.get(f"/runner-jobs/{job_id}/events?limit=5{cursor}").ok()
        received += page["items"]
        cursor = f"&after={page['cursor']}"
    assert received == events
    end = tenant.viewer.get(f"/runner-jobs/{job_id}/events?{cursor[1:]}").ok()
    assert (end["items"], f"&after={end['cursor']}") == ([], cursor)
    assert tenant.job(job_id)["eventsCursor"] == end["cursor"]


def test_long_poll_returns_on_new_event(tenant: Tenant) -> None:
    job_id = tenant.create_delayed()["id"]
    tenant.recorded_events(job_id)
    after = tenant.job(job_id)["eventsCursor"]
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(
            lambda: (
                tenant.viewer.get(f"/runner-jobs/{job_id}/events?after={after}&wait=15"),
                time.monotonic(),
            )
        )
        time.sleep(0.3)
        assert not poll.done()
        tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()
        happened = time.monotonic()
        response, answered_at = poll.result()
    assert [event["type"] for event in response.ok()["items"]] == ["job.cancelled"]
    assert answered_at - happened < 5


def test_long_poll_ends_after_wait_time(tenant: Tenant) -> None:
    job_id = tenant.create_delayed()["id"]
    tenant.recorded_events(job_id)
    after = tenant.job(job_id)["eventsCursor"]
    began = time.monotonic()
    page = tenant.viewer.get(f"/runner-jobs/{job_id}/events?after={after}&wait=1").ok()
    assert page == {"items": [], "cursor": after}
    assert time.monotonic() - began >= 1


def test_long_poll_on_ended_job_returns_at_once(tenant: Tenant) -> None:
    job_id = tenant.create()["id"]
    tenant.wait_for(job_id, "COMPLETED")
    tenant.recorded_events(job_id)
    after = tenant.job(job_id)["eventsCursor"]
    began = time.monotonic()
    page = tenant.viewer.get(f"/runner-jobs/{job_id}/events?after={after}&wait=15").ok()
    assert page == {"items": [], "cursor": after}
    assert time.monotonic() - began < 5
