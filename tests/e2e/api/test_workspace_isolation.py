"""The jobs of a workspace do not exist for callers of other workspaces."""

import pytest

from tests.e2e.support.http_client import Caller, HttpClient, Response
from tests.e2e.support.tenants import COMMIT, NewTenant, Tenant
from tests.e2e.support.webhook_deliveries import comment, new_number

REQUESTS = {
    "look": ("GET", "", None),
    "steps": ("GET", "/steps", None),
    "events": ("GET", "/events", None),
    "wait": ("GET", "/events?wait=5", None),
    "verify": ("GET", "/events/verify", None),
    "repair": ("POST", "/events/repair", {}),
    "cancel": ("POST", "/cancel", {}),
    "retry": ("POST", "/retry", {}),
    "approve": ("POST", "/approve", {"reason": "mine now"}),
    "deny": ("POST", "/deny", {"reason": "mine now"}),
    "gate": ("PUT", "/gates/build", {"status": "passed", "commitSha": COMMIT}),
    "force": ("PUT", "/gates/build", {"status": "forced", "reason": "mine now"}),
}


def _ask(caller: Caller, request: str, job_id: str) -> Response:
    method, rest, body = REQUESTS[request]
    path = f"/runner-jobs/{job_id}{rest}"
    if method == "GET":
        return caller.get(path)
    return caller.put(path, body) if method == "PUT" else caller.post(path, body)


@pytest.fixture(scope="module")
def owner(new_tenant: NewTenant) -> Tenant:
    return new_tenant()


@pytest.fixture(scope="module")
def foreign_job_id(owner: Tenant) -> str:
    """The id of a job that only its owner may see."""
    job_id: str = owner.create_delayed(type="code-task")["id"]
    return job_id


@pytest.mark.parametrize("request_", REQUESTS)
def test_foreign_job_is_not_found(request_: str, demo: Tenant, owner: Tenant, foreign_job_id: str) -> None:
    response = _ask(demo.admin, request_, foreign_job_id).refused(404, "job_not_found")
    assert owner.id not in str(response)
    unchanged = owner.job(foreign_job_id)
    assert (unchanged["version"], unchanged["status"]) == (1, "PENDING")


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize(
    "job_id",
    [
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "1",
        "x" * 26,
        "01arz3ndektsv4rrffq69g5fav",
        "%F0%9F%92%A1",
        "%2E%2E",
        "%00",
    ],
)
def test_invalid_job_id_is_not_found(request_: str, job_id: str, empty_tenant: Tenant) -> None:
    _ask(empty_tenant.admin, request_, job_id).refused(404)


def test_list_contains_no_foreign_jobs(demo: Tenant, tenant: Tenant) -> None:
    own_id = tenant.create_delayed(agentTaskId="shared-task")["id"]
    foreign_id = demo.create_delayed(agentTaskId="shared-task")["id"]
    for query in ("", "?agentTaskId=shared-task", "?status=PENDING", "?type=git-status"):
        listed = tenant.viewer.get(f"/runner-jobs{query}").ok()
        assert [job["id"] for job in listed["items"]] == [own_id]
    assert own_id not in demo.newest_job_ids()
    assert foreign_id in demo.newest_job_ids()


def test_foreign_cursor_is_refused(demo: Tenant, tenant: Tenant) -> None:
    for _ in "12":
        tenant.create_delayed()
    cursor = tenant.viewer.get("/runner-jobs?limit=1").ok()["cursor"]
    assert cursor
    demo.viewer.get(f"/runner-jobs?limit=1&cursor={cursor}").refused(400, "bad_cursor")


def test_idempotency_keys_are_separate_by_workspace(demo: Tenant, tenant: Tenant) -> None:
    body, key = {"type": "git-status", "instructions": "look"}, f"key-{new_number()}"
    created = [
        workspace_tenant.member.post("/runner-jobs", body, idempotency_key=key).ok(202)
        for workspace_tenant in (demo, tenant)
    ]
    assert [job["workspaceId"] for job in created] == [demo.id, tenant.id]


def test_command_affects_own_repository_only(http: HttpClient, demo: Tenant, tenant: Tenant) -> None:
    issue = new_number()
    job_id = comment("github", "@mosaic SLEEP=30", tenant.repository, issue=issue).send(http).ok(202)["jobId"]
    response = comment("github", "@mosaic cancel", demo.repository, issue=issue).send(http).ok(200)
    assert response == {"ignored": "there is no job for this issue"}
    assert tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()["status"] == "CANCELLED"
