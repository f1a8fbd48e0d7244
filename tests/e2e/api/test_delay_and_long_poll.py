"""Waiting: for a job's time to come, and for what happens next."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from tests.e2e.support.http_client import Json
from tests.e2e.support.tenants import Tenant


def test_a_delayed_job_waits_for_its_time_and_runs(tenant: Tenant) -> None:
    run_at = datetime.now(UTC) + timedelta(seconds=1.5)
    job = tenant.create(runAt=run_at.isoformat())
    assert (job["status"], job["waiting"], job["queuedAt"]) == ("PENDING", "delay", None)
    done = tenant.until(job["id"], "COMPLETED")
    assert done["waiting"] is None
    assert datetime.fromisoformat(done["startedAt"]) >= run_at - timedelta(seconds=2)
    story = ["job.created", "job.queued", "job.started", "job.completed"]
    assert [told for told in tenant.types(job["id"]) if told in story] == story


def test_a_time_that_has_passed_is_now(tenant: Tenant) -> None:
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert tenant.create(runAt=past)["status"] == "QUEUED"


def test_events_come_in_pages_that_end_with_a_cursor(tenant: Tenant) -> None:
    job_id = tenant.create()["id"]
    tenant.until(job_id, "COMPLETED")
    events, cursor = tenant.record(job_id), ""
    told: list[Json] = []
    while len(told) < len(events):
        page = tenant.viewer.get(f"/runner-jobs/{job_id}/events?limit=5{cursor}").ok()
        told += page["items"]
        cursor = f"&after={page['cursor']}"
    assert told == events
    end = tenant.viewer.get(f"/runner-jobs/{job_id}/events?{cursor[1:]}").ok()
    assert (end["items"], f"&after={end['cursor']}") == ([], cursor)
    assert tenant.job(job_id)["eventsCursor"] == end["cursor"]


def test_a_long_poll_answers_as_soon_as_something_is_newer(tenant: Tenant) -> None:
    job_id = tenant.parked()["id"]
    tenant.record(job_id)
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
        answer, answered = poll.result()
    assert [event["type"] for event in answer.ok()["items"]] == ["job.cancelled"]
    assert answered - happened < 5


def test_a_long_poll_ends_when_its_time_is_up(tenant: Tenant) -> None:
    job_id = tenant.parked()["id"]
    tenant.record(job_id)
    after = tenant.job(job_id)["eventsCursor"]
    began = time.monotonic()
    page = tenant.viewer.get(f"/runner-jobs/{job_id}/events?after={after}&wait=1").ok()
    assert page == {"items": [], "cursor": after}
    assert time.monotonic() - began >= 1


def test_a_long_poll_on_an_ended_job_answers_at_once(tenant: Tenant) -> None:
    job_id = tenant.create()["id"]
    tenant.until(job_id, "COMPLETED")
    tenant.record(job_id)
    after = tenant.job(job_id)["eventsCursor"]
    began = time.monotonic()
    page = tenant.viewer.get(f"/runner-jobs/{job_id}/events?after={after}&wait=15").ok()
    assert page == {"items": [], "cursor": after}
    assert time.monotonic() - began < 5
