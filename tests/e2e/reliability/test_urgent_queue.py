"""Urgent jobs use the urgent queue, after an approval too."""

from tests.e2e.support.tenants import Tenant

URGENT = 9


def test_approved_urgent_job_runs(tenant: Tenant) -> None:
    body = {"instructions": "SLEEP=30 push", "repository": tenant.repository, "capabilities": ["git:push"]}
    job_id = tenant.member.post("/stitcher/dispatch", {**body, "priority": URGENT}).ok(202)["id"]
    tenant.wait_for(job_id, "PENDING")

    tenant.admin.post(f"/runner-jobs/{job_id}/approve", {"reason": "the release waits"}).ok(202)
    tenant.wait_for(job_id, "RUNNING")
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()
