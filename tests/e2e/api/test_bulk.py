"""Cancel and retry many jobs at once: each gets its own answer."""

from tests.e2e.support.tenants import Tenant


def test_named_jobs_are_cancelled_and_retried_one_by_one(tenant: Tenant) -> None:
    first, second = tenant.parked()["id"], tenant.parked()["id"]
    absent = "01KGA000000000000000000000"
    answer = tenant.member.post("/runner-jobs/bulk/cancel", {"ids": [first, absent, second, "nonsense"]}).ok()
    assert [(item["id"], item["ok"]) for item in answer["items"]] == [
        (first, True),
        (absent, False),
        (second, True),
        ("nonsense", False),
    ]
    assert answer["items"][0]["status"] == "CANCELLED"
    assert answer["items"][1]["problem"]["code"] == "job_not_found"

    again = tenant.member.post("/runner-jobs/bulk/retry", {"ids": [first, first]}).ok()
    assert [(item["id"], item["status"]) for item in again["items"]] == [(first, "QUEUED")]
    assert tenant.until(first, "COMPLETED")["attempt"] == 2


def test_a_filter_means_the_newest_that_can_be_changed_so(tenant: Tenant) -> None:
    ended = tenant.create(agentTaskId="sweep-up")["id"]
    tenant.until(ended, "COMPLETED")
    waiting = [tenant.parked(agentTaskId="sweep-up")["id"] for _ in range(3)]
    other = tenant.parked()["id"]
    wanted = {"filter": {"agentTaskId": "sweep-up"}, "limit": 2, "reason": "all over"}
    first = tenant.member.post("/runner-jobs/bulk/cancel", wanted).ok()
    assert [item["id"] for item in first["items"]] == waiting[:0:-1]
    rest = tenant.member.post("/runner-jobs/bulk/cancel", wanted).ok()
    assert [item["id"] for item in rest["items"]] == waiting[:1]
    assert tenant.member.post("/runner-jobs/bulk/cancel", wanted).ok() == {"items": []}
    assert tenant.job(ended)["status"] == "COMPLETED"
    assert tenant.job(other)["status"] == "PENDING"


def test_another_workspaces_jobs_are_not_there(tenant: Tenant, demo: Tenant) -> None:
    theirs = demo.parked()["id"]
    answer = tenant.member.post("/runner-jobs/bulk/cancel", {"ids": [theirs]}).ok()
    assert answer["items"][0]["problem"]["code"] == "job_not_found"
    assert demo.job(theirs)["status"] == "PENDING"


def test_either_ids_or_a_filter(tenant: Tenant) -> None:
    for body in ({}, {"ids": ["01KGA000000000000000000000"], "filter": {}}, {"ids": ["x"] * 101}):
        tenant.member.post("/runner-jobs/bulk/cancel", body).refused(422, "invalid_request")
