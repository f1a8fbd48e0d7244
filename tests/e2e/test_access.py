"""Tokens, the workspace and the people of an OIDC issuer, as their admins live with them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from local.stack import LocalStack
from mosaic.access.run_tokens import run_token
from tests.e2e.forges import PROVIDERS, mention
from tests.e2e.issuers import WebIssuer
from tests.e2e.tenants import COMMIT, Connect, NewTenant, Tenant
from tests.e2e.web import Caller, Json, Web
from tests.fakes.issuer import confused, signed, unsigned
from tools.openapi import page

UNKNOWN_JOB = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})


def issue(tenant: Tenant, **asked: object) -> Json:
    return tenant.admin.post("/tokens", {"name": "a token", "role": "viewer", **asked}).ok(201)


def again(web: Web, bearer: str) -> Caller:
    """The same token in a header that API Gateway has not yet seen: it remembers an answer for half a minute."""
    return Caller(web, f" {bearer}")


def test_the_root_leads_on_to_the_page(web: Web) -> None:
    page.write()
    answered = web.send("GET", "/")
    assert (answered.status, answered.headers["location"]) == (302, "/docs")
    assert web.send("GET", "/docs").status == 200


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


def test_a_workspace_can_be_looked_at_and_put_back(tenant: Tenant) -> None:
    seen = tenant.admin.get("/workspaces/current").ok()
    assert (seen["id"], seen["version"]) == (tenant.id, 0)
    assert {"provider": "github", "name": tenant.repository} in seen["repositories"]
    assert tenant.admin.put("/workspaces/current", seen).ok() == seen
    changed = {
        **seen,
        "name": "Rockets 🚀",
        "jobTypes": {
            "code-task": {"profile": "weaver"},
            "audit": {"profile": "inspector"},
        },
        "triggers": {"mentioned": "audit", "assigned": "code-task", "commented": "audit"},
        "grants": [{"profile": "weaver", "capability": "git:push", "repository": tenant.repository}],
        "forgeAdmins": ["github:ada"],
        "gateTimeoutSeconds": 3600,
        "maxDispatchTries": 3,
    }
    now = tenant.admin.put("/workspaces/current", changed).ok()
    changed["jobTypes"] = {name: {**type, "capabilities": []} for name, type in changed["jobTypes"].items()}
    assert now == {**changed, "version": 1}
    assert tenant.admin.get("/workspaces/current").ok() == now
    assert tenant.create(type="audit")["profile"] == "inspector"


def test_a_job_whose_type_is_gone_is_still_listed(tenant: Tenant) -> None:
    job = tenant.parked(type="review")
    seen = tenant.admin.get("/workspaces/current").ok()
    del seen["jobTypes"]["review"]
    tenant.admin.put("/workspaces/current", seen).ok()
    for query in ("", "?status=PENDING", "?status=PENDING&type=review"):
        assert [one["id"] for one in tenant.viewer.get(f"/runner-jobs{query}").ok()["items"]] == [job["id"]]


def test_two_who_change_a_workspace_do_not_undo_each_other(tenant: Tenant) -> None:
    seen = tenant.admin.get("/workspaces/current").ok()
    tenant.second_admin.put("/workspaces/current", {**seen, "name": "theirs"}).ok()
    tenant.admin.put("/workspaces/current", {**seen, "name": "mine"}).refused(409, "conflict")
    assert tenant.admin.get("/workspaces/current").ok()["name"] == "theirs"


def test_a_repository_comes_and_goes(web: Web, new_tenant: NewTenant) -> None:
    one, other = new_tenant(), new_tenant()
    moon = {"provider": "github", "name": f"{one.id}/moon"}
    seen = one.admin.get("/workspaces/current").ok()
    one.admin.put("/workspaces/current", {**seen, "repositories": [*seen["repositories"], moon]}).ok()
    job_id = mention("github", "mend the lamp", f"{one.id}/Moon").send(web).ok(202)["jobId"]
    assert one.newest() == [job_id]

    theirs = other.admin.get("/workspaces/current").ok()
    wanted = {**theirs, "repositories": [*theirs["repositories"], moon]}
    told = other.admin.put("/workspaces/current", wanted).refused(409, "repository_taken")
    assert moon["name"] in told["detail"]
    assert "workspace" not in told["detail"]
    assert other.admin.get("/workspaces/current").ok() == theirs

    one.admin.put("/workspaces/current", {**seen, "version": 1}).ok()
    other.admin.put("/workspaces/current", wanted).ok()
    job_id = mention("github", "mend the lamp", moon["name"]).send(web).ok(202)["jobId"]
    assert other.newest() == [job_id]


@pytest.fixture
def demo_workspace(access: Connect, demo: Tenant) -> Iterator[Json]:
    """The demo workspace as it is, and as it is again after the test."""
    with access() as store:
        kept = store.workspace(demo.id)
    assert kept
    yield demo.admin.get("/workspaces/current").ok()
    with access() as store:
        store.put_workspace(kept)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_no_workspace_names_is_ignored_unless_one_takes_any(
    provider: str, web: Web, demo: Tenant, demo_workspace: Json
) -> None:
    usual = demo_workspace["repositories"]
    fewer = [one for one in usual if one["provider"] != provider]
    now = demo.admin.put("/workspaces/current", {**demo_workspace, "repositories": fewer}).ok()
    assert "ignored" in mention(provider, "mend the lamp", "stranger/moon").send(web).ok(200)
    told = demo.admin.put("/workspaces/current", {**now, "repositories": usual}).refused(422)
    assert [error["field"] for error in told["errors"]] == ["repositories"]


BAD_WORKSPACES: dict[str, tuple[dict[str, Any], str]] = {
    "another id": ({"id": "demo"}, "id"),
    "no version": ({"version": None}, "version"),
    "a secret": ({"webhookSecretId": "OpenClawSecret"}, "webhookSecretId"),
    "any repository": ({"repositories": [{"provider": "github", "name": "*"}]}, "repositories"),
    "an unknown forge": (
        {"repositories": [{"provider": "sourceforge", "name": "a/b"}]},
        "repositories[0].provider",
    ),
    "no repository": ({"repositories": [{"provider": "github", "name": "shop"}]}, "repositories[0].name"),
    "many repositories": (
        {"repositories": [{"provider": "github", "name": f"a/b{number}"} for number in range(501)]},
        "repositories",
    ),
    "many new repositories": (
        {"repositories": [{"provider": "github", "name": f"a/b{number}"} for number in range(100)]},
        "repositories",
    ),
    "an unknown profile": ({"jobTypes": {"code-task": {"profile": "root"}}}, "jobTypes.code-task.profile"),
    "no type": ({"jobTypes": {}}, "jobTypes"),
    "gates of a type": (
        {"jobTypes": {"code-task": {"profile": "weaver", "gates": []}}},
        "jobTypes.code-task.gates",
    ),
    "a gate's odd name": (
        {"gates": [{"id": "Build it!", "appliesWhen": {"types": ["code-task"]}}]},
        "gates[0].id",
    ),
    "a gate of no type": (
        {"gates": [{"id": "build", "appliesWhen": {"types": []}}]},
        "gates[0].appliesWhen.types",
    ),
    "a gate of a type that is not there": (
        {"gates": [{"id": "build", "appliesWhen": {"types": ["code-task", "moon"]}}]},
        "gates[0].appliesWhen.types[1]",
    ),
    "a gate twice": (
        {"gates": [{"id": "build", "appliesWhen": {"types": ["code-task"]}}] * 2},
        "gates[1].id",
    ),
    "a threshold that never holds": (
        {
            "gates": [
                {
                    "id": "size",
                    "appliesWhen": {"types": ["code-task"]},
                    "passesWhen": [{"number": "size", "atLeast": 2, "atMost": 1}],
                }
            ]
        },
        "gates[0].passesWhen[0]",
    ),
    "a threshold that is no number": (
        {
            "gates": [
                {
                    "id": "size",
                    "appliesWhen": {"types": ["code-task"]},
                    "passesWhen": [{"number": "size", "atLeast": "2"}],
                }
            ]
        },
        "gates[0].passesWhen[0].atLeast",
    ),
    "a check without a forge": (
        {
            "gates": [
                {
                    "id": "build",
                    "appliesWhen": {"types": ["code-task"]},
                    "reporter": {"kind": "status", "context": "ci"},
                }
            ]
        },
        "gates[0].reporter.provider",
    ),
    "an unknown trigger": (
        {"triggers": {"mentioned": "code-task", "assigned": "code-task", "commented": "moon"}},
        "triggers.commented",
    ),
    "an unknown capability": (
        {"grants": [{"profile": "weaver", "capability": "git:fly"}]},
        "grants[0].capability",
    ),
    "a login without a forge": ({"forgeAdmins": ["ada"]}, "forgeAdmins[0]"),
    "no time for gates": ({"gateTimeoutSeconds": 59}, "gateTimeoutSeconds"),
    "no try": ({"maxDispatchTries": 0}, "maxDispatchTries"),
    "something else": ({"retiredTypes": []}, "retiredTypes"),
}


@pytest.mark.parametrize("bad", BAD_WORKSPACES)
def test_a_workspace_that_cannot_be_says_why(bad: str, tenant: Tenant) -> None:
    changes, field = BAD_WORKSPACES[bad]
    seen = tenant.admin.get("/workspaces/current").ok()
    wanted = {name: value for name, value in {**seen, **changes}.items() if value is not None}
    told = tenant.admin.put("/workspaces/current", wanted).refused(422, "invalid_request")
    assert field in [error["field"] for error in told["errors"]], told
    assert tenant.admin.get("/workspaces/current").ok() == seen


@pytest.mark.parametrize("kid", ["rsa", "ec"])
def test_whom_the_issuer_vouches_for_is_let_in(kid: str, issuer: WebIssuer, web: Web, tenant: Tenant) -> None:
    claims = issuer.claims(datetime.now(UTC), mosaic_workspace=tenant.id, mosaic_role="member")
    ada = Caller(web, issuer.sign(claims, kid))
    job = ada.post("/runner-jobs", {"type": "git-status", "instructions": "look"}).ok(202)
    assert (job["workspaceId"], job["source"]["actor"]) == (tenant.id, "oidc:ada")
    assert tenant.newest() == [job["id"]]
    ada.get("/tokens").refused(403, "forbidden")


def test_whom_it_does_not_is_not(issuer: WebIssuer, web: Web, tenant: Tenant) -> None:
    now = datetime.now(UTC)
    good = issuer.claims(now, mosaic_workspace=tenant.id)
    forged = {
        "unsigned": unsigned(good),
        "keyed with the public key": confused(issuer, good),
        "a stranger's": signed(good, STRANGER, {"alg": "RS256", "kid": "rsa"}),
        "changed": issuer.sign(good)[:-9] + "AAAAAAAAA",
        "expired": issuer.sign(issuer.claims(now - timedelta(minutes=6), mosaic_workspace=tenant.id)),
        "for others": issuer.sign({**good, "aud": "others"}),
        "another issuer's": issuer.sign({**good, "iss": "https://issuer.test"}),
        "of nowhere": issuer.sign({**good, "mosaic_workspace": "nowhere"}),
        "a run": issuer.sign({**good, "mosaic_role": "runner"}),
        "nobody": issuer.sign({name: good[name] for name in good if not name.startswith("mosaic")}),
    }
    for bearer in forged.values():
        Caller(web, bearer).get("/runner-jobs").refused(401, "unauthorized")
    Caller(web, issuer.sign(good)).get("/tokens").ok()
