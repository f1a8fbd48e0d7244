"""Workspaces are read, changed and validated as a whole."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.support.http_client import Json, Web
from tests.e2e.support.tenants import Connect, NewTenant, Tenant
from tests.e2e.support.webhook_deliveries import PROVIDERS, mention


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
