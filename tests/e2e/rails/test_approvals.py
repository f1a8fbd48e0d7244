"""Approvals: requested, listed, given for one job or later ones, withdrawn, and refused for one's own job."""

from datetime import UTC, datetime, timedelta

import pytest

from mosaic.access.tokens import split
from mosaic.jobs.actors import split_id
from tests.e2e.support.gateway_switch import GatewaySwitch
from tests.e2e.support.http_client import Caller, HttpClient, Json
from tests.e2e.support.tenants import NewTenant, Tenant
from tests.e2e.support.webhook_deliveries import FORGES, comment, new_number

PUSH = "git:push"
RELEASES: dict[str, object] = {
    "job_types": {"release": {"profile": "weaver", "capabilities": [PUSH]}},
    "triggers": {"mentioned": "release", "assigned": "release", "commented": "release"},
}


def _in(**after: float) -> str:
    return (datetime.now(UTC) + timedelta(**after)).isoformat(timespec="milliseconds")


def _dispatch(caller: Caller, tenant: Tenant, *capabilities: str, **fields: object) -> str:
    body = {"instructions": "SLEEP=30 push it", "repository": tenant.repository, **fields}
    response = caller.post("/stitcher/dispatch", {**body, "capabilities": capabilities or (PUSH,)})
    return str(response.ok(202)["id"])


def _job_awaiting_approval(tenant: Tenant, *capabilities: str, **fields: object) -> str:
    """Returns the id of a member's job that waits for approval."""
    job_id = _dispatch(tenant.member, tenant, *capabilities, **fields)
    assert tenant.wait_for(job_id, "PENDING")["waiting"] == "approval"
    return job_id


def _pending_approvals(tenant: Tenant, query: str = "") -> list[Json]:
    items: list[Json] = tenant.viewer.get(f"/approvals{query}").ok()["items"]
    return items


def _actor(caller: Caller) -> str:
    """Returns the actor name of the caller in events."""
    token_id, _ = split(caller.token or "")
    return f"token:{token_id}"


def _approve(job_id: str, **fields: object) -> tuple[str, Json]:
    return f"/runner-jobs/{job_id}/approve", {"reason": "release week", **fields}


def test_standing_approval_applies_until_withdrawn(tenant: Tenant, gateway: GatewaySwitch) -> None:
    first = _job_awaiting_approval(tenant)
    (pending,) = _pending_approvals(tenant)
    job = tenant.job(first)
    assert (
        pending["id"],
        pending["approvalRequest"]["capabilities"],
        pending["approvalRequest"]["until"],
    ) == (
        first,
        [PUSH],
        job["expiresAt"],
    )
    assert pending["approvalRequest"]["requestedBy"] == [job["source"]["actor"]]
    assert gateway.runs(first) == []

    until = _in(days=7)
    approve = _approve(first, scope="repository", until=until)
    response = tenant.admin.post(*approve).ok(202)
    assert (response["approval"]["scope"], response["approval"]["standing"]) == ("repository", [PUSH])
    assert tenant.admin.post(*approve).ok(200)["approval"] == response["approval"]
    assert _pending_approvals(tenant) == []
    tenant.wait_for(first, "RUNNING")

    second = _dispatch(tenant.member, tenant)
    guard = tenant.wait_for(second, "RUNNING")["guard"]
    (named,) = guard["standing"]
    assert (named["capability"], named["approvedBy"]) == (PUSH, response["approval"]["actor"])
    assert (named["until"], named["reason"]) == (response["approval"]["until"], "release week")
    assert "job.approval_required" not in tenant.event_types(second)

    workspace = tenant.admin.get("/workspaces/current").ok()
    assert workspace["standingApprovals"] == guard["standing"]
    tenant.admin.put("/workspaces/current", {**workspace, "standingApprovals": []}).ok()
    third = _job_awaiting_approval(tenant)
    assert [job["id"] for job in _pending_approvals(tenant)] == [third]

    (approved,) = [event for event in tenant.recorded_events(first) if event["type"] == "job.approved"]
    assert approved["actor"] == response["approval"]["actor"]
    assert approved["payload"] == {
        "reason": "release week",
        "scope": "repository",
        "capabilities": [PUSH],
        "standing": [PUSH],
        "until": response["approval"]["until"],
        "textHash": approved["payload"]["textHash"],
    }
    for job_id in (first, second, third):
        tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_pending_approvals_are_paged_urgent_first(tenant: Tenant) -> None:
    jobs = [_job_awaiting_approval(tenant, priority=priority) for priority in (3, 9, 3)]
    listed, query = [], "?limit=1"
    for _ in jobs:
        page = tenant.viewer.get(f"/approvals{query}").ok()
        listed += [job["id"] for job in page["items"]]
        query = f"?limit=1&cursor={page['cursor']}"
    assert (listed, page["cursor"]) == ([jobs[1], jobs[0], jobs[2]], None)
    tenant.viewer.get("/approvals?cursor=nonsense").refused(400, "bad_cursor")
    tenant.reporter.get("/approvals").refused(403, "forbidden")
    tenant.viewer.post(*_approve(jobs[0])).refused(403, "forbidden")


def test_foreign_approval_is_not_visible(tenant: Tenant, new_tenant: NewTenant) -> None:
    job_id, other = _job_awaiting_approval(tenant), new_tenant()
    assert _pending_approvals(other) == []
    other.admin.post(*_approve(job_id)).refused(404, "job_not_found")


def test_own_approval_is_refused_for_every_alias(new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    job_id = _dispatch(tenant.admin, tenant)
    tenant.wait_for(job_id, "PENDING")
    tenant.admin.post(*_approve(job_id, scope="repository", until=_in(days=1))).refused(403, "own_approval")
    workspace = tenant.admin.get("/workspaces/current").ok()
    assert workspace["standingApprovals"] == []

    people = {"ada": [_actor(tenant.admin), _actor(tenant.second_admin)]}
    workspace = tenant.admin.put("/workspaces/current", {**workspace, "people": people}).ok()
    tenant.second_admin.post(*_approve(job_id)).refused(403, "own_approval")
    tenant.admin.put("/workspaces/current", {**workspace, "selfApproval": True}).ok()
    tenant.admin.post(*_approve(job_id)).ok(202)
    tenant.admin.post(f"/runner-jobs/{job_id}/cancel").ok()


@pytest.mark.parametrize("retried", [{}, {"instructions": "SLEEP=30 push it again"}])
def test_retrying_admin_cannot_approve(tenant: Tenant, retried: Json) -> None:
    job_id = _job_awaiting_approval(tenant)
    tenant.admin.post(f"/runner-jobs/{job_id}/deny", {"reason": "not now"}).ok()
    tenant.admin.post(f"/runner-jobs/{job_id}/retry", retried).ok(202)
    tenant.wait_for(job_id, "PENDING")
    tenant.second_admin.post(*_approve(job_id, attempt=1)).refused(409, "stale_attempt")
    tenant.admin.post(*_approve(job_id, attempt=2)).refused(403, "own_approval")
    tenant.second_admin.post(*_approve(job_id, attempt=2)).ok(202)
    tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


@pytest.mark.parametrize("forge", FORGES)
@pytest.mark.parametrize(
    ("words", "status", "event_type"),
    [("approve looks right", "RUNNING", "job.approved"), ("deny not today", "FAILED", "job.denied")],
)
def test_mapped_admin_can_answer_by_comment(
    forge: str, words: str, status: str, event_type: str, http: HttpClient, new_tenant: NewTenant
) -> None:
    tenant, issue = new_tenant(forge_admins=[f"{forge}:grace"], **RELEASES), new_number()

    def say(words: str, by: str) -> Json:
        return comment(forge, f"@mosaic {words}", tenant.repository, issue=issue, by=by).send(http).json

    job_id = say("SLEEP=30 push it", "ada")["jobId"]
    assert tenant.wait_for(job_id, "PENDING")["guard"]["refused"] == [PUSH]
    assert "only an admin" in say(words, "mallory")["ignored"]
    assert tenant.job(job_id)["status"] == "PENDING"
    assert say(words, "grace")["jobId"] == job_id
    job = tenant.wait_for(job_id, status)
    assert split_id(job["approval"]["actor"])[0] == f"{forge}:grace"
    assert job["approval"]["reason"] == words.split(" ", 1)[1]
    assert event_type in tenant.event_types(job_id)
    if status == "RUNNING":
        tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()


def test_comment_author_cannot_approve_own_request(http: HttpClient, new_tenant: NewTenant) -> None:
    tenant, issue = new_tenant(forge_admins=["github:grace"], **RELEASES), new_number()
    job_id = (
        comment("github", "@mosaic push it", tenant.repository, issue=issue, by="grace")
        .send(http)
        .json["jobId"]
    )
    tenant.wait_for(job_id, "PENDING")
    response = (
        comment("github", "@mosaic approve", tenant.repository, issue=issue, by="grace").send(http).json
    )
    assert "another admin has to approve" in response["ignored"]
    tenant.admin.post(f"/runner-jobs/{job_id}/deny", {"reason": "nobody is there"}).ok()
