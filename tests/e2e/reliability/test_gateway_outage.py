"""OpenClaw down: a job waits and is tried again; after a bounded number of tries it fails with a remedy."""

import pytest

from local.stack import LocalStack
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import eventually
from tests.e2e.support.tenants import NewTenant, Tenant


@pytest.fixture(scope="module", autouse=True)
def forgotten(demo: Tenant) -> str:
    """The id of a job that runs when this module begins: its ten seconds pass while the others are tested."""
    job_id: str = demo.create(instructions="SLEEP=60", timeoutSeconds=10)["id"]
    demo.until(job_id, "RUNNING", "EXECUTION")
    return job_id


def test_a_job_waits_for_the_gateway_and_runs_once_when_it_is_back(
    tenant: Tenant, gateway_away: GatewaySwitch, stack: LocalStack
) -> None:
    job_id = tenant.create()["id"]
    eventually(lambda: tenant.types(job_id).count("dispatch.failed") >= 2, "the gateway was tried twice")
    assert tenant.job(job_id)["status"] in ("QUEUED", "RUNNING")
    failed = [event for event in tenant.record(job_id) if event["type"] == "dispatch.failed"]
    assert [event["payload"]["tries"] for event in failed] == list(range(1, len(failed) + 1))
    queued = [event for event in tenant.record(job_id) if event["type"] == "job.queued"][1:]
    assert all(event["payload"]["retryAt"] > event["timestamp"] for event in queued)

    gateway_away.start()
    stack.invoke("SweeperFunction", {})
    job = tenant.until(job_id, "COMPLETED")
    assert (job["attempt"], job["error"]) == (1, None)
    assert gateway_away.models_ran(job_id) == 1


def test_after_its_tries_a_job_fails_with_a_remedy_and_can_be_retried(
    new_tenant: NewTenant, gateway_away: GatewaySwitch
) -> None:
    tenant = new_tenant(max_dispatch_tries=2)
    job_id = tenant.create()["id"]
    job = tenant.until(job_id, "FAILED")
    assert (job["error"]["code"], job["error"]["retryable"]) == ("gateway_unavailable", True)
    assert "2 tries" in job["error"]["title"]
    assert "gateway runs" in job["error"]["remedy"]
    assert tenant.types(job_id)[-1] == "job.failed"

    gateway_away.start()
    tenant.member.post(f"/runner-jobs/{job_id}/retry").ok(202)
    assert tenant.until(job_id, "COMPLETED")["attempt"] == 2


def test_a_run_that_the_gateway_has_forgotten_fails_its_job(
    forgotten: str, demo: Tenant, gateway: GatewaySwitch, stack: LocalStack
) -> None:
    gateway.stop()
    gateway.start()

    def swept() -> bool:
        stack.invoke("SweeperFunction", {})
        return bool(demo.job(forgotten)["status"] == "FAILED")

    eventually(swept, "the job is found to have lost its run")
    error = demo.job(forgotten)["error"]
    assert error["code"] in ("run_failed", "timeout")
    assert error["retryable"] is True
