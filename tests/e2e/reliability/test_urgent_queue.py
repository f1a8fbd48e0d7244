"""What is urgent takes a lane of its own, whoever brings it on its way."""

from tests.e2e.support.tenants import Tenant

URGENT = 9


def test_an_urgent_job_that_is_approved_goes_its_way(tenant: Tenant) -> None:
    asked = {"instructions": "SLEEP=30 push", "repository": tenant.repository, "capabilities": ["git:push"]}
    job_id = tenant.member.post("/stitcher/dispatch", {**asked, "priority": URGENT}).ok(202)["id"]
    tenant.until(job_id, "PENDING")

    tenant.admin.post(f"/runner-jobs/{job_id}/approve", {"reason": "the release waits"}).ok(202)
    tenant.until(job_id, "RUNNING")
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()
