"""A workspace's data is its own: to everybody else its jobs do not exist."""

import pytest

from tests.e2e.support.http_client import Answer, Caller, Web
from tests.e2e.support.tenants import COMMIT, NewTenant, Tenant
from tests.e2e.support.webhook_deliveries import comment, fresh

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


def _ask(caller: Caller, request: str, job_id: str) -> Answer:
    method, rest, body = REQUESTS[request]
    path = f"/runner-jobs/{job_id}{rest}"
    if method == "GET":
        return caller.get(path)
    return caller.put(path, body) if method == "PUT" else caller.post(path, body)


@pytest.fixture(scope="module")
def owner(new_tenant: NewTenant) -> Tenant:
    return new_tenant()


@pytest.fixture(scope="module")
def owned(owner: Tenant) -> str:
    """The id of a job that nobody but its owner may know of."""
    job_id: str = owner.parked(type="code-task")["id"]
    return job_id


@pytest.mark.parametrize("request_", REQUESTS)
def test_another_workspaces_job_is_not_found(request_: str, demo: Tenant, owner: Tenant, owned: str) -> None:
    told = _ask(demo.admin, request_, owned).refused(404, "job_not_found")
    assert owner.id not in str(told)
    kept = owner.job(owned)
    assert (kept["version"], kept["status"]) == (1, "PENDING")


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
def test_what_is_no_jobs_id_is_not_found(request_: str, job_id: str, idle: Tenant) -> None:
    _ask(idle.admin, request_, job_id).refused(404)


def test_lists_show_nothing_of_other_workspaces(demo: Tenant, tenant: Tenant) -> None:
    mine = tenant.parked(agentTaskId="shared-task")["id"]
    theirs = demo.parked(agentTaskId="shared-task")["id"]
    for query in ("", "?agentTaskId=shared-task", "?status=PENDING", "?type=git-status"):
        listed = tenant.viewer.get(f"/runner-jobs{query}").ok()
        assert [job["id"] for job in listed["items"]] == [mine]
    assert mine not in demo.newest()
    assert theirs in demo.newest()


def test_a_cursor_of_another_workspace_is_foreign(demo: Tenant, tenant: Tenant) -> None:
    for _ in "12":
        tenant.parked()
    cursor = tenant.viewer.get("/runner-jobs?limit=1").ok()["cursor"]
    assert cursor
    demo.viewer.get(f"/runner-jobs?limit=1&cursor={cursor}").refused(400, "bad_cursor")


def test_the_same_idempotency_key_is_another_one_elsewhere(demo: Tenant, tenant: Tenant) -> None:
    asked, key = {"type": "git-status", "instructions": "look"}, f"key-{fresh()}"
    made = [one.member.post("/runner-jobs", asked, idempotency_key=key).ok(202) for one in (demo, tenant)]
    assert [job["workspaceId"] for job in made] == [demo.id, tenant.id]


def test_commands_reach_the_jobs_of_their_own_repository_only(web: Web, demo: Tenant, tenant: Tenant) -> None:
    issue = fresh()
    job_id = comment("github", "@mosaic SLEEP=30", tenant.repository, issue=issue).send(web).ok(202)["jobId"]
    told = comment("github", "@mosaic cancel", demo.repository, issue=issue).send(web).ok(200)
    assert told == {"ignored": "there is no job for this issue"}
    assert tenant.member.post(f"/runner-jobs/{job_id}/cancel").ok()["status"] == "CANCELLED"
