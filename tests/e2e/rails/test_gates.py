"""Quality rails: a job completes when every gate has passed, reported by others, on the job's commit."""

import json

from local.stack import LocalStack
from mosaic.access.run_tokens import run_token
from tests.e2e.support.http_client import Caller, HttpClient
from tests.e2e.support.tenants import COMMIT, GATES, OTHER_COMMIT, Tenant


def test_failed_gate_fails_the_job(demo: Tenant) -> None:
    job_id = demo.job_in_validation()
    demo.report_gate(job_id, "build")
    job = demo.report_gate(job_id, "lint", "failed")
    assert job["status"] == "FAILED"
    assert (job["error"]["code"], job["error"]["retryable"]) == ("gate_failed", True)
    assert "lint" in job["error"]["title"]
    assert job["error"]["remedy"]

    late = demo.reporter.put(f"/runner-jobs/{job_id}/gates/test", {"status": "passed", "commitSha": COMMIT})
    assert "FAILED" in late.refused(409, "illegal_state")["detail"]
    assert demo.event_types(job_id)[-2:] == ["gate.failed", "job.failed"]


def test_skipped_check_does_not_pass_the_gate(demo: Tenant) -> None:
    job_id = demo.job_in_validation()
    for gate in GATES[1:]:
        demo.report_gate(job_id, gate)
    for status in ("skipped", "error"):
        job = demo.report_gate(job_id, GATES[0], status)
        assert (job["status"], job["gates"][0]["status"]) == ("RUNNING", "ERROR")
    assert demo.report_gate(job_id, GATES[0])["status"] == "COMPLETED"


def test_first_report_sets_the_commit(demo: Tenant) -> None:
    job_id = demo.job_in_validation()
    assert demo.report_gate(job_id, "build")["commitSha"] == COMMIT
    other = {"status": "passed", "commitSha": OTHER_COMMIT}
    refused = demo.reporter.put(f"/runner-jobs/{job_id}/gates/lint", other).refused(409, "commit_mismatch")
    assert COMMIT in refused["detail"]
    assert demo.job(job_id)["gates"][1]["status"] == "PENDING"


def test_unknown_gate_is_not_found(demo: Tenant) -> None:
    job_id = demo.job_in_validation()
    body = {"status": "passed", "commitSha": COMMIT}
    refused = demo.reporter.put(f"/runner-jobs/{job_id}/gates/beauty", body).refused(404, "gate_not_found")
    assert all(gate in refused["detail"] for gate in GATES)


def test_repeated_report_adds_no_version(demo: Tenant) -> None:
    job_id = demo.job_in_validation()
    assert demo.report_gate(job_id, "build")["version"] == demo.report_gate(job_id, "build")["version"]


def test_admin_can_override_gate_with_reason(demo: Tenant) -> None:
    job_id = demo.job_in_validation()
    for gate in GATES[1:]:
        demo.report_gate(job_id, gate)
    path, forced = f"/runner-jobs/{job_id}/gates/{GATES[0]}", {"status": "forced", "reason": "builds by hand"}
    for caller in (demo.viewer, demo.member, demo.reporter):
        caller.put(path, forced).refused(403, "forbidden")
    assert demo.job(job_id)["status"] == "RUNNING"
    demo.admin.put(path, {"status": "forced"}).refused(422, "invalid_request")

    job = demo.admin.put(path, forced).ok()
    assert job["status"] == "COMPLETED"
    gate = job["gates"][0]
    assert (gate["status"], gate["reason"]) == ("FORCED", "builds by hand")
    assert gate["reportedBy"].startswith("token:demo-admin")
    response = demo.recorded_events(job_id)
    assert [event["type"] for event in response[-2:]] == ["gate.forced", "job.completed"]
    assert response[-1]["payload"]["forcedGates"] == [GATES[0]]


def test_gates_can_be_reported_during_the_run(demo: Tenant) -> None:
    job_id = demo.create(type="code-task", instructions="SLEEP=1")["id"]
    demo.wait_for(job_id, "RUNNING")
    for gate in GATES:
        assert demo.report_gate(job_id, gate)["status"] == "RUNNING"
    demo.wait_for(job_id, "COMPLETED")


def test_failed_gate_can_only_be_overridden(demo: Tenant, http: HttpClient, stack: LocalStack) -> None:
    job_id = demo.job_in_validation()
    for gate in GATES:
        if gate != "test":
            demo.report_gate(job_id, gate)
    assert demo.report_gate(job_id, "test", "failed")["status"] == "FAILED"
    path, passed = f"/runner-jobs/{job_id}/gates/test", {"status": "passed", "commitSha": COMMIT}
    for caller in (demo.reporter, demo.admin):
        caller.put(path, passed).refused(409, "illegal_state")
    secret_id = stack.resource("RunTokenSecret")
    secret = stack.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    run = Caller(http, run_token(demo.id, job_id, 1, json.loads(secret)["runTokenKey"]))
    assert "runner" in run.put(path, passed).refused(403, "forbidden")["detail"]
    demo.reporter.put(path, {"status": "forced", "reason": "let me"}).refused(403, "forbidden")
    demo.admin.put(path, {"status": "forced"}).refused(422, "invalid_request")
    assert demo.job(job_id)["status"] == "FAILED"

    job = demo.admin.put(path, {"status": "forced", "reason": "the test is wrong"}).ok()
    assert (job["status"], job["error"]) == ("COMPLETED", None)
    [override] = job["overrides"]
    assert (override["gate"], override["commitSha"], override["reason"]) == (
        "test",
        COMMIT,
        "the test is wrong",
    )
    assert override["actor"].startswith("token:demo-admin")
    [listed] = [job for job in demo.viewer.get("/runner-jobs").ok()["items"] if job["id"] == job_id]
    assert "FORCED" in {gate["status"] for gate in listed["gates"]}
    assert demo.event_types(job_id)[-3:] == ["job.failed", "gate.forced", "job.completed"]


def test_override_reopens_other_gates(demo: Tenant) -> None:
    job_id = demo.job_in_validation()
    assert demo.report_gate(job_id, "build", "failed")["status"] == "FAILED"
    job = demo.admin.put(f"/runner-jobs/{job_id}/gates/build", {"status": "forced", "reason": "by hand"}).ok()
    assert (job["status"], job["phase"], job["error"]) == ("RUNNING", "VALIDATION", None)
    for gate in GATES[1:]:
        job = demo.report_gate(job_id, gate)
    assert job["status"] == "COMPLETED"


def test_coverage_threshold_is_inclusive(tenant: Tenant) -> None:
    workspace = tenant.admin.get("/workspaces/current").ok()
    rule = {
        "id": "coverage",
        "appliesWhen": {"types": ["code-task"]},
        "passesWhen": [{"number": "coverage", "atLeast": 85}],
    }
    tenant.admin.put("/workspaces/current", {**workspace, "gates": [rule]}).ok()
    for number, status, gate in (
        (84.9, "FAILED", "FAILED"),
        (85, "COMPLETED", "PASSED"),
        (None, "RUNNING", "ERROR"),
    ):
        job_id = tenant.job_in_validation()
        body = {
            "status": "passed",
            "commitSha": COMMIT,
            "numbers": {} if number is None else {"coverage": number},
        }
        job = tenant.reporter.put(f"/runner-jobs/{job_id}/gates/coverage", body).ok()
        assert (job["status"], job["gates"][0]["status"]) == (status, gate)


def test_report_checks_attempt_and_replaced_commit(demo: Tenant) -> None:
    job_id = demo.job_in_validation()
    demo.report_gate(job_id, "build")
    path, newer = f"/runner-jobs/{job_id}/gates/lint", {"status": "passed", "commitSha": OTHER_COMMIT}
    demo.reporter.put(path, {**newer, "attempt": 2}).refused(409, "stale_attempt")
    demo.reporter.put(path, {**newer, "replaces": OTHER_COMMIT}).refused(409, "commit_mismatch")
    job = demo.reporter.put(path, {**newer, "replaces": COMMIT}).ok()
    assert job["commitSha"] == OTHER_COMMIT
    assert {gate["id"] for gate in job["gates"] if gate["status"] == "PASSED"} == {"lint"}
    old = {"status": "passed", "commitSha": COMMIT}
    demo.reporter.put(path, old).refused(409, "commit_mismatch")
    demo.reporter.put(path, {**old, "replaces": OTHER_COMMIT}).refused(409, "commit_mismatch")
