"""OpenClaw is down: jobs wait and are retried; after a bounded number of tries they fail with a remedy."""

import pytest

from local.stack import LocalStack
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import wait_until
from tests.e2e.support.tenants import NewTenant, Tenant


@pytest.fixture(scope="module", autouse=True)
def forgotten(demo: Tenant) -> str:
    """The id of a job that runs from the start of this module; its timeout of ten seconds passes during other
    tests.
    """
    job_id: str = demo.create(instructions="SLEEP=60", timeoutSeconds=10)["id"]
    demo.wait_for(job_id, "RUNNING", "EXECUTION")
    return job_id


def test_job_waits_for_gateway_and_runs_once(
    tenant: Tenant, gateway_down: GatewaySwitch, stack: LocalStack
) -> None:
    job_id = tenant.create()["id"]
    wait_until(
        lambda: tenant.event_types(job_id).count("dispatch.failed") >= 2, "the gateway was tried twice"
    )
    assert tenant.job(job_id)["status"] in ("QUEUED", "RUNNING")
    failed = [event for event in tenant.recorded_events(job_id) if event["type"] == "dispatch.failed"]
    assert [event["payload"]["tries"] for event in failed] == list(range(1, len(failed) + 1))
    queued = [event for event in tenant.recorded_events(job_id) if event["type"] == "job.queued"][1:]
    assert all(event["payload"]["retryAt"] > event["timestamp"] for event in queued)

    gateway_down.start()
    stack.invoke("SweeperFunction", {})
    job = tenant.wait_for(job_id, "COMPLETED")
    assert (job["attempt"], job["error"]) == (1, None)
    assert gateway_down.model_call_count(job_id) == 1


def test_job_fails_after_its_dispatch_tries(new_tenant: NewTenant, gateway_down: GatewaySwitch) -> None:
    tenant = new_tenant(max_dispatch_tries=2)
    job_id = tenant.create()["id"]
    job = tenant.wait_for(job_id, "FAILED")
    assert (job["error"]["code"], job["error"]["retryable"]) == ("gateway_unavailable", True)
    assert "2 tries" in job["error"]["title"]
    assert "gateway runs" in job["error"]["remedy"]
    assert tenant.event_types(job_id)[-1] == "job.failed"

    gateway_down.start()
    tenant.member.post(f"/runner-jobs/{job_id}/retry").ok(202)
    assert tenant.wait_for(job_id, "COMPLETED")["attempt"] == 2


def test_lost_run_fails_its_job(
    forgotten: str, demo: Tenant, gateway: GatewaySwitch, stack: LocalStack
) -> None:
    gateway.stop()
    gateway.start()

    def swept() -> bool:
        stack.invoke("SweeperFunction", {})
        return bool(demo.job(forgotten)["status"] == "FAILED")

    wait_until(swept, "the lost run is detected")
    error = demo.job(forgotten)["error"]
    assert error["code"] in ("run_failed", "timeout")
    assert error["retryable"] is True
