"""Cancels and retries of many jobs in one request; each job has its own result."""

from tests.e2e.support.tenants import Tenant


def test_bulk_requests_report_each_job(tenant: Tenant) -> None:
    first, second = tenant.create_delayed()["id"], tenant.create_delayed()["id"]
    absent = "01KGA000000000000000000000"
    response = tenant.member.post(
        "/runner-jobs/bulk/cancel", {"ids": [first, absent, second, "nonsense"]}
    ).ok()
    assert [(item["id"], item["ok"]) for item in response["items"]] == [
        (first, True),
        (absent, False),
        (second, True),
        ("nonsense", False),
    ]
    assert response["items"][0]["status"] == "CANCELLED"
    assert response["items"][1]["problem"]["code"] == "job_not_found"

    again = tenant.member.post("/runner-jobs/bulk/retry", {"ids": [first, first]}).ok()
    assert [(item["id"], item["status"]) for item in again["items"]] == [(first, "QUEUED")]
    assert tenant.wait_for(first, "COMPLETED")["attempt"] == 2


def test_bulk_filter_selects_newest_matching_jobs(tenant: Tenant) -> None:
    ended = tenant.create(agentTaskId="sweep-up")["id"]
    tenant.wait_for(ended, "COMPLETED")
    waiting = [tenant.create_delayed(agentTaskId="sweep-up")["id"] for _ in range(3)]
    other = tenant.create_delayed()["id"]
    wanted = {"filter": {"agentTaskId": "sweep-up"}, "limit": 2, "reason": "all over"}
    first = tenant.member.post("/runner-jobs/bulk/cancel", wanted).ok()
    assert [item["id"] for item in first["items"]] == waiting[:0:-1]
    rest = tenant.member.post("/runner-jobs/bulk/cancel", wanted).ok()
    assert [item["id"] for item in rest["items"]] == waiting[:1]
    assert tenant.member.post("/runner-jobs/bulk/cancel", wanted).ok() == {"items": []}
    assert tenant.job(ended)["status"] == "COMPLETED"
    assert tenant.job(other)["status"] == "PENDING"


def test_bulk_cannot_change_foreign_jobs(tenant: Tenant, demo: Tenant) -> None:
    foreign_id = demo.create_delayed()["id"]
    response = tenant.member.post("/runner-jobs/bulk/cancel", {"ids": [foreign_id]}).ok()
    assert response["items"][0]["problem"]["code"] == "job_not_found"
    assert demo.job(foreign_id)["status"] == "PENDING"


def test_bulk_needs_either_ids_or_filter(tenant: Tenant) -> None:
    for body in ({}, {"ids": ["01KGA000000000000000000000"], "filter": {}}, {"ids": ["x"] * 101}):
        tenant.member.post("/runner-jobs/bulk/cancel", body).refused(422, "invalid_request")
