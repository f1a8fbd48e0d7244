"""Cancel and retry: the job's state decides which is allowed, and the gateway's run ends with a cancel."""

import pytest

from local.demo import CALLBACK_TOKEN
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import HttpClient, Json, wait_until
from tests.e2e.support.tenants import COMMIT, Tenant


def _cancel(tenant: Tenant, job_id: str) -> Json:
    return tenant.member.post(f"/runner-jobs/{job_id}/cancel", {"reason": "no longer needed"}).ok()


def test_cancel_ends_the_run_at_the_gateway(tenant: Tenant, gateway: GatewaySwitch, http: HttpClient) -> None:
    job_id = tenant.create(instructions="SLEEP=60")["id"]
    tenant.wait_for(job_id, "RUNNING", "EXECUTION")
    run = wait_until(
        lambda: next((run for run in gateway.runs(job_id) if "runningAtMs" in run["state"]), None),
        "the gateway runs the agent",
    )

    job = _cancel(tenant, job_id)
    assert (job["status"], job["error"], job["phase"]) == ("CANCELLED", None, None)
    wait_until(lambda: not gateway.runs(job_id), "the gateway has removed the run")
    wait_until(lambda: tenant.job(job_id)["steps"][-1]["name"] == "stop run", "the stop is a step")
    assert tenant.job(job_id)["steps"][-1]["status"] == "COMPLETED"
    [cancelled] = [event for event in tenant.recorded_events(job_id) if event["type"] == "job.cancelled"]
    assert cancelled["payload"]["reason"] == "no longer needed"

    late = {"content-type": "application/json", "authorization": f"Bearer {CALLBACK_TOKEN}"}
    body = b'{"jobId": "late", "action": "finished", "status": "ok", "summary": "done after all"}'
    path = "/stitcher/openclaw/" + run["delivery"]["to"].rpartition("/")[2]
    assert http.send("POST", path, body, late).ok()["changed"] is False
    assert tenant.job(job_id)["status"] == "CANCELLED"


def test_cancelled_queued_job_never_runs(tenant: Tenant, gateway_down: GatewaySwitch) -> None:
    job_id = tenant.create()["id"]
    wait_until(lambda: "dispatch.failed" in tenant.event_types(job_id), "a dispatch has failed")
    assert tenant.job(job_id)["status"] == "QUEUED"
    assert _cancel(tenant, job_id)["status"] == "CANCELLED"
    gateway_down.start()
    assert gateway_down.runs(job_id) == []
    assert tenant.job(job_id)["status"] == "CANCELLED"


def test_second_cancel_changes_nothing(tenant: Tenant) -> None:
    job_id = tenant.create_delayed()["id"]
    assert _cancel(tenant, job_id) == _cancel(tenant, job_id)


def test_cancel_needs_no_body(tenant: Tenant) -> None:
    job_id = tenant.create_delayed()["id"]
    assert tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()["status"] == "CANCELLED"


def test_completed_job_cannot_be_changed(tenant: Tenant) -> None:
    job_id = tenant.create()["id"]
    version = tenant.wait_for(job_id, "COMPLETED")["version"]
    for verb in ("cancel", "retry"):
        refused = tenant.member.post(f"/runner-jobs/{job_id}/{verb}", {}).refused(409, "illegal_state")
        assert "COMPLETED" in refused["detail"]
    assert tenant.job(job_id)["version"] == version


def test_failed_run_can_be_retried_with_changes(tenant: Tenant, gateway: GatewaySwitch) -> None:
    job_id = tenant.create(instructions="FAIL500")["id"]
    job = tenant.wait_for(job_id, "FAILED")
    assert (job["error"]["code"], job["error"]["retryable"]) == ("run_failed", True)
    assert job["error"]["remedy"]
    refused = tenant.member.post(f"/runner-jobs/{job_id}/cancel", {}).refused(409, "illegal_state")
    assert "FAILED" in refused["detail"]

    retried = tenant.member.post(f"/runner-jobs/{job_id}/retry", {"instructions": "once more"}).ok(202)
    assert (retried["id"], retried["attempt"], retried["error"]) == (job_id, 2, None)
    job = tenant.wait_for(job_id, "COMPLETED")
    assert (job["instructions"], job["attempt"]) == ("once more", 2)
    assert {step["attempt"] for step in job["steps"]} == {1, 2}
    assert [step["ordinal"] for step in job["steps"]] == list(range(1, len(job["steps"]) + 1))

    types = tenant.event_types(job_id)
    story = ("job.created", "job.failed", "job.retried", "job.completed")
    assert [event_type for event_type in types if event_type in story] == list(story)
    assert types.count("dispatch.accepted") == 2
    wait_until(lambda: len(gateway.runs(job_id)) == 1, "the first attempt's run is removed")


def test_cancelled_job_can_be_retried(tenant: Tenant) -> None:
    job_id = tenant.create_delayed()["id"]
    _cancel(tenant, job_id)
    assert tenant.member.post(f"/runner-jobs/{job_id}/retry").ok(202)["status"] == "QUEUED"
    assert tenant.wait_for(job_id, "COMPLETED")["attempt"] == 2


def test_retry_resets_gates(tenant: Tenant) -> None:
    job_id = tenant.job_in_validation()
    tenant.report_gate(job_id, "build")
    tenant.report_gate(job_id, "lint", "failed")
    job = tenant.member.post(f"/runner-jobs/{job_id}/retry", {}).ok(202)
    assert (job["gates"], job["commitSha"], job["result"]) == ([], None, None)
    job = tenant.wait_for(job_id, "RUNNING", "VALIDATION")
    assert {gate["status"] for gate in job["gates"]} == {"PENDING"}


@pytest.mark.parametrize("verb", ["approve", "deny", "retry", "gate"])
def test_forbidden_action_names_the_state(verb: str, tenant: Tenant) -> None:
    path = f"/runner-jobs/{tenant.create_delayed(type='code-task')['id']}"
    if verb == "gate":
        response = tenant.reporter.put(f"{path}/gates/build", {"status": "passed", "commitSha": COMMIT})
    else:
        response = tenant.admin.post(f"{path}/{verb}", {} if verb == "retry" else {"reason": "x"})
    assert "PENDING" in response.refused(409, "illegal_state")["detail"]
