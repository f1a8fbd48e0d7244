"""A run reports on itself with its own token only."""

import re

import pytest

from mosaic.access.model import Grant, Workspace
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, HttpClient, wait_until
from tests.e2e.support.tenants import COMMIT, OpenAccessStore, Tenant


@pytest.fixture
def runner(
    tenant: Tenant, open_access_store: OpenAccessStore, gateway: GatewaySwitch, http: HttpClient
) -> tuple[str, Caller]:
    """A job with a running run that may use the network, and a caller with the run's token."""
    with open_access_store() as store:
        workspace = store.workspace(tenant.id) or Workspace(id=tenant.id)
        grant = Grant(profile="weaver", capability="net:egress")
        changed = workspace.model_copy(update={"grants": (grant,), "version": workspace.version + 1})
        store.configure(workspace, changed)
    body = {"type": "code-task", "instructions": "SLEEP=60", "capabilities": ["net:egress"]}
    job_id = tenant.member.post("/runner-jobs", body).ok(202)["id"]
    [gateway_run] = wait_until(lambda: gateway.runs(job_id), "the gateway has the run")
    message = gateway_run["payload"]["message"]
    match = re.search(r"Bearer (run\.\S+?)`", message)
    assert match, message
    assert f"/runner-jobs/{job_id}/reports" in message
    tenant.wait_for(job_id, "RUNNING", "EXECUTION")
    return job_id, Caller(http, match.group(1))


def test_run_report_updates_job_and_events(tenant: Tenant, runner: tuple[str, Caller]) -> None:
    job_id, run = runner
    batch = {
        "batchId": "1",
        "reports": [
            {"kind": "step_started", "name": "npm test"},
            {"kind": "output", "text": "ok 1 - 😀\n", "step": "npm test"},
            {"kind": "tool_call", "tool": "read", "input": "README.md"},
            {"kind": "step_finished", "name": "npm test", "tokensInput": 3, "tokensOutput": 4},
            {"kind": "artifact", "name": "report.html", "url": "https://ci.test/report.html"},
            {"kind": "progress", "percent": 60, "message": "tests pass"},
        ],
    }
    job = run.post(f"/runner-jobs/{job_id}/reports", batch).ok()
    assert job["progressPercent"] == 60
    assert run.post(f"/runner-jobs/{job_id}/reports", batch).ok()["version"] == job["version"]
    steps = {step["name"]: step for step in tenant.job(job_id)["steps"]}
    assert (steps["npm test"]["status"], steps["npm test"]["tokensOutput"]) == ("COMPLETED", 4)
    assert steps["report.html"]["type"] == "ARTIFACT"
    wait_until(
        lambda: {"step.output", "ai.tool_called", "ai.artifact_created"} <= set(tenant.event_types(job_id)),
        "the reports are events",
    )
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_run_token_is_limited_to_its_attempt(tenant: Tenant, runner: tuple[str, Caller]) -> None:
    job_id, run = runner
    report = {"reports": [{"kind": "progress", "percent": 1}]}
    gate = {"status": "passed", "commitSha": COMMIT}
    run.put(f"/runner-jobs/{job_id}/gates/build", gate).refused(403, "forbidden")
    run.get(f"/runner-jobs/{job_id}").refused(403, "forbidden")
    run.post("/runner-jobs", {"type": "git-status", "instructions": "x"}).refused(403, "forbidden")
    run.post(f"/runner-jobs/{tenant.create_delayed()['id']}/reports", report).refused(403, "forbidden")
    tenant.admin.post(f"/runner-jobs/{job_id}/reports", report).refused(403, "forbidden")
    Caller(run.http, f"{run.token}x").post(f"/runner-jobs/{job_id}/reports", report).refused(
        401, "unauthorized"
    )

    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()
    run.post(f"/runner-jobs/{job_id}/reports", report).refused(409, "illegal_state")
    tenant.member.post(f"/runner-jobs/{job_id}/retry").ok(202)
    run.post(f"/runner-jobs/{job_id}/reports", report).refused(409, "stale_attempt")
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_invalid_report_is_refused(tenant: Tenant, runner: tuple[str, Caller]) -> None:
    job_id, run = runner
    path = f"/runner-jobs/{job_id}/reports"
    wrong = run.post(path, {"reports": [{"kind": "progress", "percent": 101}]}).refused(
        422, "invalid_request"
    )
    assert "percent" in wrong["errors"][0]["field"]
    run.post(path, {"reports": []}).refused(422, "invalid_request")
    run.post(path, {"reports": [{"kind": "output", "text": "x"}] * 51}).refused(422, "invalid_request")
    run.post(path, {"reports": [{"kind": "step_finished", "name": "agent run"}]}).refused(
        422, "reserved_step"
    )
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_run_can_read_its_identity(runner: tuple[str, Caller]) -> None:
    job_id, run = runner
    response = run.get("/me").ok()
    assert (response["role"], response["actor"]) == ("runner", f"run:{job_id}:1")
