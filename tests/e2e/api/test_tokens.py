"""API tokens: creation, limits, use and revocation."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.stack import LocalStack
from mosaic.access.run_tokens import run_token
from tests.e2e.support.http_client import Caller, HttpClient, Json
from tests.e2e.support.tenants import COMMIT, NewTenant, Tenant

UNKNOWN_JOB = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def issue_token(tenant: Tenant, **fields: object) -> Json:
    return tenant.admin.post("/tokens", {"name": "a token", "role": "viewer", **fields}).ok(201)


def uncached_caller(http: HttpClient, bearer: str) -> Caller:
    """Returns a caller with this token in a header without a cached decision: API Gateway caches for 30
    seconds.
    """
    return Caller(http, f" {bearer}")


def test_token_is_valid_until_revoked(http: HttpClient, tenant: Tenant, stack: LocalStack) -> None:
    created = issue_token(tenant, name="Ada's laptop", role="member")
    assert created["token"].startswith(f"{created['id']}-")
    assert len(created["token"].rpartition("-")[2]) == 64
    ada = Caller(http, created["token"])
    job = ada.post("/runner-jobs", {"type": "git-status", "instructions": "look"}).ok(202)
    assert job["source"]["actor"] == f"token:{created['id']}"

    (listed,) = [token for token in tenant.admin.get("/tokens").ok()["items"] if token["id"] == created["id"]]
    assert listed.pop("lastUsedAt")
    assert listed == {name: created[name] for name in listed}
    assert "digest" not in str(listed)
    assert "token" not in listed

    revoked = tenant.admin.delete(f"/tokens/{created['id']}")
    assert (revoked.status, revoked.data) == (204, b"")
    uncached_caller(http, created["token"]).get("/runner-jobs").refused(401, "unauthorized")
    assert tenant.admin.delete(f"/tokens/{created['id']}").status == 204
    (listed,) = [token for token in tenant.admin.get("/tokens").ok()["items"] if token["id"] == created["id"]]
    assert listed["revokedAt"]
    key = {"access_key": {"S": f"token#{created['id']}"}}
    stored = stack.client("dynamodb").get_item(TableName=stack.resource("AccessTable"), Key=key)["Item"]
    assert created["token"].rpartition("-")[2] not in json.dumps(stored)


def test_token_list_has_pages(new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    for number in range(3):
        issue_token(tenant, name=f"token {number}")
    names, cursor = [], ""
    while cursor is not None:
        page = tenant.admin.get(f"/tokens?limit=2{cursor and f'&cursor={cursor}'}").ok()
        names += [token["name"] for token in page["items"]]
        cursor = page["cursor"]
    # The workspace's first tokens have no name.
    assert [name for name in names if name] == ["token 2", "token 1", "token 0"]
    tenant.admin.get("/tokens?cursor=%00").refused(400, "bad_cursor")


def test_token_expires(http: HttpClient, tenant: Tenant) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    created = issue_token(tenant, expiresAt=soon.isoformat())
    while datetime.now(UTC) < soon:
        pass
    Caller(http, created["token"]).get("/runner-jobs").refused(401, "unauthorized")


BAD_TOKENS: dict[str, tuple[dict[str, object], str]] = {
    "no name": ({"name": ""}, "name"),
    "a long name": ({"name": "n" * 101}, "name"),
    "an unknown role": ({"role": "root"}, "role"),
    "a run": ({"role": "runner"}, "role"),
    "yesterday": ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
    "no offset": ({"expiresAt": "2099-01-01T00:00:00"}, "expiresAt"),
    "the end of time": ({"expiresAt": "9999-12-31T23:59:59-10:00"}, "expiresAt"),
    "gates of a viewer": ({"gates": ["build"]}, "gates"),
    "an unknown gate": (
        {"role": "reporter", "gates": ["build", "moon"], "repositories": ["*"]},
        "gates[1]",
    ),
    "a reporter of no repository": ({"role": "reporter"}, "repositories"),
    "two years": ({"expiresAt": "2099-01-01T00:00:00Z"}, "expiresAt"),
    "a secret of one's own": ({"secret": "1234"}, "secret"),
}


@pytest.mark.parametrize("bad", BAD_TOKENS)
def test_invalid_token_request_names_the_field(bad: str, tenant: Tenant) -> None:
    body, field = BAD_TOKENS[bad]
    response = tenant.admin.post("/tokens", {"name": "a token", "role": "viewer", **body})
    assert field in [error["field"] for error in response.refused(422, "invalid_request")["errors"]]


def test_last_admin_token_cannot_be_revoked(tenant: Tenant) -> None:
    (own_id,) = [token["id"] for token in tenant.admin.get("/tokens").ok()["items"]]
    other_id = issue_token(tenant, role="admin")["id"]
    assert tenant.admin.delete(f"/tokens/{other_id}").status == 204
    tenant.admin.delete(f"/tokens/{own_id}").refused(409, "last_admin_token")
    assert tenant.admin.get("/tokens").status == 200


@pytest.mark.parametrize("token_id", ["local-admin", "nobody", "%00", "a" * 300])
def test_foreign_token_is_not_found(token_id: str, tenant: Tenant, http: HttpClient) -> None:
    tenant.admin.delete(f"/tokens/{token_id}").refused(404)
    assert Caller(http, "local-admin-token").get("/runner-jobs?limit=1").status == 200
    assert not any(token["id"] == token_id for token in tenant.admin.get("/tokens?limit=100").ok()["items"])


def test_reporter_can_be_limited_to_gates(http: HttpClient, tenant: Tenant) -> None:
    job_id = tenant.create_delayed(type="code-task")["id"]
    reporter = Caller(
        http, issue_token(tenant, role="reporter", gates=["build", "lint"], repositories=["*"])["token"]
    )
    body = {"status": "passed", "commitSha": COMMIT}
    response = reporter.put(f"/runner-jobs/{job_id}/gates/test", body).refused(403, "forbidden")
    assert "build, lint" in response["detail"]
    reporter.put(f"/runner-jobs/{job_id}/gates/build", body).refused(409, "illegal_state")


def test_reporter_is_bound_to_its_repositories(http: HttpClient, tenant: Tenant) -> None:
    job_id = tenant.create_delayed(type="code-task", repository=tenant.repository)["id"]
    body = {"status": "passed", "commitSha": COMMIT}
    ours = Caller(http, issue_token(tenant, role="reporter", repositories=[tenant.repository])["token"])
    other = Caller(http, issue_token(tenant, role="reporter", repositories=["acme/other"])["token"])
    response = other.put(f"/runner-jobs/{job_id}/gates/build", body).refused(403, "forbidden")
    assert f"the job is of {tenant.repository}" in response["detail"]
    ours.put(f"/runner-jobs/{job_id}/gates/build", body).refused(409, "illegal_state")


def test_run_token_can_only_report(http: HttpClient, tenant: Tenant, stack: LocalStack) -> None:
    secret_id = stack.resource("RunTokenSecret")
    stored = stack.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    run = Caller(http, run_token(tenant.id, UNKNOWN_JOB, 1, json.loads(stored)["runTokenKey"]))
    for path in ("/runner-jobs", f"/runner-jobs/{UNKNOWN_JOB}", "/tokens", "/workspaces/current"):
        run.get(path).refused(403, "forbidden")
    run.put(f"/runner-jobs/{UNKNOWN_JOB}/gates/build", {}).refused(403, "forbidden")
    run.post(f"/runner-jobs/{UNKNOWN_JOB}/cancel").refused(403, "forbidden")
    Caller(http, run_token(tenant.id, UNKNOWN_JOB, 1, "another key")).get("/tokens").refused(401)
