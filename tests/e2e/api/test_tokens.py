"""API tokens: creation, limits, use and revocation."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.stack import LocalStack
from mosaic.access.run_tokens import run_token
from tests.e2e.support.http_client import Caller, Json, Web
from tests.e2e.support.tenants import COMMIT, NewTenant, Tenant

UNKNOWN_JOB = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def issue(tenant: Tenant, **asked: object) -> Json:
    return tenant.admin.post("/tokens", {"name": "a token", "role": "viewer", **asked}).ok(201)


def again(web: Web, bearer: str) -> Caller:
    """The same token in a header that API Gateway has not yet seen: it remembers an answer for half a minute."""
    return Caller(web, f" {bearer}")


def test_a_token_lives_until_it_is_revoked(web: Web, tenant: Tenant, stack: LocalStack) -> None:
    made = issue(tenant, name="Ada's laptop", role="member")
    assert made["token"].startswith(f"{made['id']}-")
    assert len(made["token"].rpartition("-")[2]) == 64
    ada = Caller(web, made["token"])
    job = ada.post("/runner-jobs", {"type": "git-status", "instructions": "look"}).ok(202)
    assert job["source"]["actor"] == f"token:{made['id']}"

    (listed,) = [one for one in tenant.admin.get("/tokens").ok()["items"] if one["id"] == made["id"]]
    assert listed.pop("lastUsedAt")
    assert listed == {name: made[name] for name in listed}
    assert "digest" not in str(listed)
    assert "token" not in listed

    gone = tenant.admin.delete(f"/tokens/{made['id']}")
    assert (gone.status, gone.data) == (204, b"")
    again(web, made["token"]).get("/runner-jobs").refused(401, "unauthorized")
    assert tenant.admin.delete(f"/tokens/{made['id']}").status == 204
    (listed,) = [one for one in tenant.admin.get("/tokens").ok()["items"] if one["id"] == made["id"]]
    assert listed["revokedAt"]
    key = {"access_key": {"S": f"token#{made['id']}"}}
    held = stack.client("dynamodb").get_item(TableName=stack.resource("AccessTable"), Key=key)["Item"]
    assert made["token"].rpartition("-")[2] not in json.dumps(held)


def test_a_tokens_list_has_pages(new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    for number in range(3):
        issue(tenant, name=f"token {number}")
    names, cursor = [], ""
    while cursor is not None:
        page = tenant.admin.get(f"/tokens?limit=2{cursor and f'&cursor={cursor}'}").ok()
        names += [one["name"] for one in page["items"]]
        cursor = page["cursor"]
    # Those who came with the workspace have names of their own, which sort behind every number.
    assert [name for name in names if name] == ["token 2", "token 1", "token 0"]
    tenant.admin.get("/tokens?cursor=%00").refused(400, "bad_cursor")


def test_a_token_ends_by_itself(web: Web, tenant: Tenant) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    made = issue(tenant, expiresAt=soon.isoformat())
    while datetime.now(UTC) < soon:
        pass
    Caller(web, made["token"]).get("/runner-jobs").refused(401, "unauthorized")


BAD_TOKENS: dict[str, tuple[dict[str, object], str]] = {
    "no name": ({"name": ""}, "name"),
    "a long name": ({"name": "n" * 101}, "name"),
    "an unknown role": ({"role": "root"}, "role"),
    "a run": ({"role": "runner"}, "role"),
    "yesterday": ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
    "no offset": ({"expiresAt": "2099-01-01T00:00:00"}, "expiresAt"),
    "the end of time": ({"expiresAt": "9999-12-31T23:59:59-10:00"}, "expiresAt"),
    "gates of a viewer": ({"gates": ["build"]}, "gates"),
    "an unknown gate": ({"role": "reporter", "gates": ["build", "moon"]}, "gates[1]"),
    "a secret of one's own": ({"secret": "1234"}, "secret"),
}


@pytest.mark.parametrize("bad", BAD_TOKENS)
def test_a_token_that_cannot_be_made_says_why(bad: str, tenant: Tenant) -> None:
    asked, field = BAD_TOKENS[bad]
    told = tenant.admin.post("/tokens", {"name": "a token", "role": "viewer", **asked})
    assert field in [error["field"] for error in told.refused(422, "invalid_request")["errors"]]


def test_the_last_admin_token_stays(tenant: Tenant) -> None:
    (mine,) = [one["id"] for one in tenant.admin.get("/tokens").ok()["items"]]
    other = issue(tenant, role="admin")["id"]
    assert tenant.admin.delete(f"/tokens/{other}").status == 204
    tenant.admin.delete(f"/tokens/{mine}").refused(409, "last_admin_token")
    assert tenant.admin.get("/tokens").status == 200


@pytest.mark.parametrize("token_id", ["local-admin", "nobody", "%00", "a" * 300])
def test_another_workspaces_token_is_not_found(token_id: str, tenant: Tenant, web: Web) -> None:
    tenant.admin.delete(f"/tokens/{token_id}").refused(404)
    assert Caller(web, "local-admin-token").get("/runner-jobs?limit=1").status == 200
    assert not any(one["id"] == token_id for one in tenant.admin.get("/tokens?limit=100").ok()["items"])


def test_a_reporter_may_be_limited_to_gates(web: Web, tenant: Tenant) -> None:
    job_id = tenant.parked(type="code-task")["id"]
    reporter = Caller(web, issue(tenant, role="reporter", gates=["build", "lint"])["token"])
    said = {"status": "passed", "commitSha": COMMIT}
    told = reporter.put(f"/runner-jobs/{job_id}/gates/test", said).refused(403, "forbidden")
    assert "build, lint" in told["detail"]
    reporter.put(f"/runner-jobs/{job_id}/gates/build", said).refused(409, "illegal_state")


def test_a_run_may_do_nothing_but_report(web: Web, tenant: Tenant, stack: LocalStack) -> None:
    secret_id = stack.env("AuthorizerFunction")["OPENCLAW_SECRET_ID"]
    held = stack.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"]
    run = Caller(web, run_token(tenant.id, UNKNOWN_JOB, 1, json.loads(held)["callbackKey"]))
    for path in ("/runner-jobs", f"/runner-jobs/{UNKNOWN_JOB}", "/tokens", "/workspaces/current"):
        run.get(path).refused(403, "forbidden")
    run.put(f"/runner-jobs/{UNKNOWN_JOB}/gates/build", {}).refused(403, "forbidden")
    run.post(f"/runner-jobs/{UNKNOWN_JOB}/cancel").refused(403, "forbidden")
    Caller(web, run_token(tenant.id, UNKNOWN_JOB, 1, "another key")).get("/tokens").refused(401)
