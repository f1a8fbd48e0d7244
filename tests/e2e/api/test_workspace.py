"""Workspaces are read, changed and validated as a whole."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.support.http_client import HttpClient, Json
from tests.e2e.support.tenants import NewTenant, OpenAccessStore, Tenant
from tests.e2e.support.webhook_deliveries import PROVIDERS, mention


def test_workspace_can_be_read_and_changed(tenant: Tenant) -> None:
    workspace = tenant.admin.get("/workspaces/current").ok()
    assert (workspace["id"], workspace["version"]) == (tenant.id, 0)
    assert {"provider": "github", "name": tenant.repository} in workspace["repositories"]
    assert tenant.admin.put("/workspaces/current", workspace).ok() == workspace
    changed = {
        **workspace,
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
    changed["triggers"] = {**changed["triggers"], "labels": {}}
    assert now == {**changed, "version": 1}
    assert tenant.admin.get("/workspaces/current").ok() == now
    assert tenant.create(type="audit")["profile"] == "inspector"


def test_job_of_removed_type_is_still_listed(tenant: Tenant) -> None:
    job = tenant.create_delayed(type="review")
    workspace = tenant.admin.get("/workspaces/current").ok()
    del workspace["jobTypes"]["review"]
    tenant.admin.put("/workspaces/current", workspace).ok()
    for query in ("", "?status=PENDING", "?status=PENDING&type=review"):
        assert [listed["id"] for listed in tenant.viewer.get(f"/runner-jobs{query}").ok()["items"]] == [
            job["id"]
        ]


def test_concurrent_workspace_change_is_a_conflict(tenant: Tenant) -> None:
    workspace = tenant.admin.get("/workspaces/current").ok()
    tenant.second_admin.put("/workspaces/current", {**workspace, "name": "theirs"}).ok()
    tenant.admin.put("/workspaces/current", {**workspace, "name": "mine"}).refused(409, "conflict")
    assert tenant.admin.get("/workspaces/current").ok()["name"] == "theirs"


def test_repository_can_move_between_workspaces(http: HttpClient, new_tenant: NewTenant) -> None:
    tenant, other = new_tenant(), new_tenant()
    new_repository = {"provider": "github", "name": f"{tenant.id}/moon"}
    workspace = tenant.admin.get("/workspaces/current").ok()
    tenant.admin.put(
        "/workspaces/current", {**workspace, "repositories": [*workspace["repositories"], new_repository]}
    ).ok()
    job_id = mention("github", "mend the lamp", f"{tenant.id}/Moon").send(http).ok(202)["jobId"]
    assert tenant.newest_job_ids() == [job_id]

    other_workspace = other.admin.get("/workspaces/current").ok()
    changed = {**other_workspace, "repositories": [*other_workspace["repositories"], new_repository]}
    response = other.admin.put("/workspaces/current", changed).refused(409, "repository_taken")
    assert new_repository["name"] in response["detail"]
    assert "workspace" not in response["detail"]
    assert other.admin.get("/workspaces/current").ok() == other_workspace

    tenant.admin.put("/workspaces/current", {**workspace, "version": 1}).ok()
    other.admin.put("/workspaces/current", changed).ok()
    job_id = mention("github", "mend the lamp", new_repository["name"]).send(http).ok(202)["jobId"]
    assert other.newest_job_ids() == [job_id]


@pytest.fixture
def demo_workspace(open_access_store: OpenAccessStore, demo: Tenant) -> Iterator[Json]:
    """The demo workspace; restored after the test."""
    with open_access_store() as store:
        stored = store.workspace(demo.id)
    assert stored
    yield demo.admin.get("/workspaces/current").ok()
    with open_access_store() as store:
        store.put_workspace(stored)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_unknown_repository_needs_a_catch_all(
    provider: str, http: HttpClient, demo: Tenant, demo_workspace: Json
) -> None:
    usual = demo_workspace["repositories"]
    fewer = [repository for repository in usual if repository["provider"] != provider]
    now = demo.admin.put("/workspaces/current", {**demo_workspace, "repositories": fewer}).ok()
    assert "ignored" in mention(provider, "mend the lamp", "stranger/moon").send(http).ok(200)
    response = demo.admin.put("/workspaces/current", {**now, "repositories": usual}).refused(422)
    assert [error["field"] for error in response["errors"]] == ["repositories"]


BAD_WORKSPACES: dict[str, tuple[dict[str, Any], str]] = {
    "another id": ({"id": "demo"}, "id"),
    "no version": ({"version": None}, "version"),
    "a ceiling of capabilities": ({"capabilityCeiling": ["git:push"]}, "capabilityCeiling"),
    "a ceiling of repositories": ({"repositoryCeiling": ["github:*"]}, "repositoryCeiling"),
    "a gateway": ({"gateway": "other"}, "gateway"),
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
                    "reporter": {"kind": "status", "context": "ci", "by": ["ci"]},
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
def test_invalid_workspace_names_the_field(bad: str, tenant: Tenant) -> None:
    changes, field = BAD_WORKSPACES[bad]
    workspace = tenant.admin.get("/workspaces/current").ok()
    changed = {name: value for name, value in {**workspace, **changes}.items() if value is not None}
    response = tenant.admin.put("/workspaces/current", changed).refused(422, "invalid_request")
    assert field in [error["field"] for error in response["errors"]], response
    assert tenant.admin.get("/workspaces/current").ok() == workspace
