"""A run reports on itself, with the token that it was handed and with no other."""

import re

import pytest

from mosaic.access.model import Grant, Workspace
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, Web, eventually
from tests.e2e.support.tenants import COMMIT, Connect, Tenant


@pytest.fixture
def runner(tenant: Tenant, access: Connect, gateway: GatewaySwitch, web: Web) -> tuple[str, Caller]:
    """A job whose run goes on and may use the network, and the caller that its run is."""
    with access() as store:
        known = store.workspace(tenant.id) or Workspace(id=tenant.id)
        grant = Grant(profile="weaver", capability="net:egress")
        after = known.model_copy(update={"grants": (grant,), "version": known.version + 1})
        store.configure(known, after)
    asked = {"type": "code-task", "instructions": "SLEEP=60", "capabilities": ["net:egress"]}
    job_id = tenant.member.post("/runner-jobs", asked).ok(202)["id"]
    [held] = eventually(lambda: gateway.held(job_id), "the gateway has the run")
    message = held["payload"]["message"]
    found = re.search(r"Bearer (run\.\S+?)`", message)
    assert found, message
    assert f"/runner-jobs/{job_id}/reports" in message
    tenant.until(job_id, "RUNNING", "EXECUTION")
    return job_id, Caller(web, found.group(1))


def test_what_a_run_reports_is_in_the_job_and_its_events(tenant: Tenant, runner: tuple[str, Caller]) -> None:
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
    eventually(
        lambda: {"step.output", "ai.tool_called", "ai.artifact_created"} <= set(tenant.types(job_id)),
        "the reports are events",
    )
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_the_token_is_good_for_the_reports_of_its_attempt_and_for_nothing_else(
    tenant: Tenant, runner: tuple[str, Caller]
) -> None:
    job_id, run = runner
    told = {"reports": [{"kind": "progress", "percent": 1}]}
    gate = {"status": "passed", "commitSha": COMMIT}
    run.put(f"/runner-jobs/{job_id}/gates/build", gate).refused(403, "forbidden")
    run.get(f"/runner-jobs/{job_id}").refused(403, "forbidden")
    run.post("/runner-jobs", {"type": "git-status", "instructions": "x"}).refused(403, "forbidden")
    run.post(f"/runner-jobs/{tenant.parked()['id']}/reports", told).refused(403, "forbidden")
    tenant.admin.post(f"/runner-jobs/{job_id}/reports", told).refused(403, "forbidden")
    Caller(run.web, f"{run.token}x").post(f"/runner-jobs/{job_id}/reports", told).refused(401, "unauthorized")

    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()
    run.post(f"/runner-jobs/{job_id}/reports", told).refused(409, "illegal_state")
    tenant.member.post(f"/runner-jobs/{job_id}/retry").ok(202)
    run.post(f"/runner-jobs/{job_id}/reports", told).refused(409, "stale_attempt")
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_a_wrong_report_is_named(tenant: Tenant, runner: tuple[str, Caller]) -> None:
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


def test_a_run_may_see_who_it_is(runner: tuple[str, Caller]) -> None:
    job_id, run = runner
    told = run.get("/me").ok()
    assert (told["role"], told["actor"]) == ("runner", f"run:{job_id}:1")
