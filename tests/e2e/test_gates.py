"""Quality rails: a job may call itself done when every gate is proven, by others, on the commit it made."""

from tests.e2e.tenants import COMMIT, GATES, OTHER_COMMIT, Tenant


def test_one_failed_gate_fails_the_job_and_is_named(demo: Tenant) -> None:
    job_id = demo.validating()
    demo.report(job_id, "build")
    job = demo.report(job_id, "lint", "failed")
    assert job["status"] == "FAILED"
    assert (job["error"]["code"], job["error"]["retryable"]) == ("gate_failed", True)
    assert "lint" in job["error"]["title"]
    assert job["error"]["remedy"]

    late = demo.reporter.put(f"/runner-jobs/{job_id}/gates/test", {"status": "passed", "commitSha": COMMIT})
    assert "FAILED" in late.refused(409, "illegal_state")["detail"]
    assert demo.types(job_id)[-2:] == ["gate.failed", "job.failed"]


def test_what_did_not_run_has_proven_nothing(demo: Tenant) -> None:
    job_id = demo.validating()
    for gate in GATES[1:]:
        demo.report(job_id, gate)
    for status in ("skipped", "error"):
        job = demo.report(job_id, GATES[0], status)
        assert (job["status"], job["gates"][0]["status"]) == ("RUNNING", "ERROR")
    assert demo.report(job_id, GATES[0])["status"] == "COMPLETED"


def test_the_first_report_fixes_the_commit(demo: Tenant) -> None:
    job_id = demo.validating()
    assert demo.report(job_id, "build")["commitSha"] == COMMIT
    other = {"status": "passed", "commitSha": OTHER_COMMIT}
    refused = demo.reporter.put(f"/runner-jobs/{job_id}/gates/lint", other).refused(409, "commit_mismatch")
    assert COMMIT in refused["detail"]
    assert demo.job(job_id)["gates"][1]["status"] == "PENDING"


def test_a_gate_that_the_job_does_not_have_is_not_found(demo: Tenant) -> None:
    job_id = demo.validating()
    said = {"status": "passed", "commitSha": COMMIT}
    refused = demo.reporter.put(f"/runner-jobs/{job_id}/gates/beauty", said).refused(404, "gate_not_found")
    assert all(gate in refused["detail"] for gate in GATES)


def test_the_same_report_twice_is_one_version(demo: Tenant) -> None:
    job_id = demo.validating()
    assert demo.report(job_id, "build")["version"] == demo.report(job_id, "build")["version"]


def test_an_admin_may_force_a_gate_and_says_why(demo: Tenant) -> None:
    job_id = demo.validating()
    for gate in GATES[1:]:
        demo.report(job_id, gate)
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
    told = demo.record(job_id)
    assert [event["type"] for event in told[-2:]] == ["gate.forced", "job.completed"]
    assert told[-1]["payload"]["forcedGates"] == [GATES[0]]


def test_reports_may_come_before_the_run_has_ended(demo: Tenant) -> None:
    job_id = demo.create(type="code-task", instructions="SLEEP=1")["id"]
    demo.until(job_id, "RUNNING")
    for gate in GATES:
        assert demo.report(job_id, gate)["status"] == "RUNNING"
    demo.until(job_id, "COMPLETED")
