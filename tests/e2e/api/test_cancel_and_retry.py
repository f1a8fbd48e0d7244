"""Cancel and retry: the state decides what may be done, and the run at the gateway follows."""

import pytest

from local.demo import CALLBACK_TOKEN
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Json, Web, eventually
from tests.e2e.support.tenants import COMMIT, Tenant


def _cancel(tenant: Tenant, job_id: str) -> Json:
    return tenant.member.post(f"/runner-jobs/{job_id}/cancel", {"reason": "no longer needed"}).ok()


def test_cancelling_a_running_job_ends_its_run_at_the_gateway(
    tenant: Tenant, gateway: GatewaySwitch, web: Web
) -> None:
    job_id = tenant.create(instructions="SLEEP=60")["id"]
    tenant.until(job_id, "RUNNING", "EXECUTION")
    run = eventually(
        lambda: next((held for held in gateway.held(job_id) if "runningAtMs" in held["state"]), None),
        "the gateway runs the agent",
    )

    job = _cancel(tenant, job_id)
    assert (job["status"], job["error"], job["phase"]) == ("CANCELLED", None, None)
    eventually(lambda: not gateway.held(job_id), "the gateway has let go of the run")
    eventually(lambda: tenant.job(job_id)["steps"][-1]["name"] == "stop run", "the stop is on record")
    assert tenant.job(job_id)["steps"][-1]["status"] == "COMPLETED"
    [cancelled] = [event for event in tenant.record(job_id) if event["type"] == "job.cancelled"]
    assert cancelled["payload"]["reason"] == "no longer needed"

    late = {"content-type": "application/json", "authorization": f"Bearer {CALLBACK_TOKEN}"}
    said = b'{"jobId": "late", "action": "finished", "status": "ok", "summary": "done after all"}'
    path = "/stitcher/openclaw/" + run["delivery"]["to"].rpartition("/")[2]
    assert web.send("POST", path, said, late).ok()["changed"] is False
    assert tenant.job(job_id)["status"] == "CANCELLED"


def test_cancelling_a_queued_job_means_that_it_never_runs(
    tenant: Tenant, gateway_away: GatewaySwitch
) -> None:
    job_id = tenant.create()["id"]
    eventually(lambda: "dispatch.failed" in tenant.types(job_id), "the gateway was found to be away")
    assert tenant.job(job_id)["status"] == "QUEUED"
    assert _cancel(tenant, job_id)["status"] == "CANCELLED"
    gateway_away.start()
    assert gateway_away.held(job_id) == []
    assert tenant.job(job_id)["status"] == "CANCELLED"


def test_cancelling_twice_is_the_same_as_once(tenant: Tenant) -> None:
    job_id = tenant.parked()["id"]
    assert _cancel(tenant, job_id) == _cancel(tenant, job_id)


def test_cancel_needs_no_body(tenant: Tenant) -> None:
    job_id = tenant.parked()["id"]
    assert tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()["status"] == "CANCELLED"


def test_a_completed_job_stays_so(tenant: Tenant) -> None:
    job_id = tenant.create()["id"]
    version = tenant.until(job_id, "COMPLETED")["version"]
    for verb in ("cancel", "retry"):
        refused = tenant.member.post(f"/runner-jobs/{job_id}/{verb}", {}).refused(409, "illegal_state")
        assert "COMPLETED" in refused["detail"]
    assert tenant.job(job_id)["version"] == version


def test_a_failed_run_is_retried_with_other_instructions(tenant: Tenant, gateway: GatewaySwitch) -> None:
    job_id = tenant.create(instructions="FAIL500")["id"]
    job = tenant.until(job_id, "FAILED")
    assert (job["error"]["code"], job["error"]["retryable"]) == ("run_failed", True)
    assert job["error"]["remedy"]
    refused = tenant.member.post(f"/runner-jobs/{job_id}/cancel", {}).refused(409, "illegal_state")
    assert "FAILED" in refused["detail"]

    retried = tenant.member.post(f"/runner-jobs/{job_id}/retry", {"instructions": "once more"}).ok(202)
    assert (retried["id"], retried["attempt"], retried["error"]) == (job_id, 2, None)
    job = tenant.until(job_id, "COMPLETED")
    assert (job["instructions"], job["attempt"]) == ("once more", 2)
    assert {step["attempt"] for step in job["steps"]} == {1, 2}
    assert [step["ordinal"] for step in job["steps"]] == list(range(1, len(job["steps"]) + 1))

    types = tenant.types(job_id)
    story = ("job.created", "job.failed", "job.retried", "job.completed")
    assert [told for told in types if told in story] == list(story)
    assert types.count("dispatch.accepted") == 2
    eventually(lambda: len(gateway.held(job_id)) == 1, "the failed run of the first attempt is gone")


def test_a_cancelled_job_can_be_retried(tenant: Tenant) -> None:
    job_id = tenant.parked()["id"]
    _cancel(tenant, job_id)
    assert tenant.member.post(f"/runner-jobs/{job_id}/retry").ok(202)["status"] == "QUEUED"
    assert tenant.until(job_id, "COMPLETED")["attempt"] == 2


def test_a_retry_must_prove_every_gate_again(tenant: Tenant) -> None:
    job_id = tenant.validating()
    tenant.report(job_id, "build")
    tenant.report(job_id, "lint", "failed")
    job = tenant.member.post(f"/runner-jobs/{job_id}/retry", {}).ok(202)
    assert (job["gates"], job["commitSha"], job["result"]) == ([], None, None)
    job = tenant.until(job_id, "RUNNING", "VALIDATION")
    assert {gate["status"] for gate in job["gates"]} == {"PENDING"}


@pytest.mark.parametrize("verb", ["approve", "deny", "retry", "gate"])
def test_what_the_state_forbids_names_the_state(verb: str, tenant: Tenant) -> None:
    path = f"/runner-jobs/{tenant.parked(type='code-task')['id']}"
    if verb == "gate":
        answer = tenant.reporter.put(f"{path}/gates/build", {"status": "passed", "commitSha": COMMIT})
    else:
        answer = tenant.admin.post(f"{path}/{verb}", {} if verb == "retry" else {"reason": "x"})
    assert "PENDING" in answer.refused(409, "illegal_state")["detail"]
