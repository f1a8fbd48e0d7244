"""Connections to repositories by API, and jobs on repositories without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from api.workspace_cache import MAX_AGE
from mosaic.access.model import Principal, Role, Workspace
from tests.fakes.api import SECRETS, ApiResponse, FakeApi

PATH = "/workspaces/current/repositories"
SHOP = {"provider": "github", "name": "acme/shop"}
Matches = Callable[[ApiResponse], None]


def other(role: Role = Role.ADMIN) -> Principal:
    return Principal(workspace_id="other", token_id="eve", role=role)


def test_secret_is_shown_once(api: FakeApi, matches_contract: Matches) -> None:
    made = api.send("POST", PATH, SHOP)
    listed = api.send("GET", PATH)

    for response in (made, listed):
        matches_contract(response)
    assert (made.status, made.json["status"]) == (201, "pending")
    assert made.headers["cache-control"] == "no-store"
    assert made.json["webhookPath"] == "/stitcher/webhook/github"
    assert [one["name"] for one in listed.json["items"]] == ["acme/shop"]
    assert made.json["secret"] not in listed.body
    assert "secretIds" not in made.body


def test_connection_can_be_rotated_and_deleted(api: FakeApi, matches_contract: Matches) -> None:
    first = api.send("POST", PATH, SHOP).json["secret"]
    rotated = api.send("POST", f"{PATH}/github/Acme/shop/rotate")
    deleted = api.send("DELETE", f"{PATH}/github/acme/shop")

    for response in (rotated, deleted):
        matches_contract(response)
    assert rotated.json["secret"] != first
    assert rotated.json["previousSecretUntil"]
    assert deleted.status == 204
    assert api.send("GET", PATH).json["items"] == []
    again = api.send("DELETE", f"{PATH}/github/acme/shop")
    matches_contract(again)
    assert (again.status, again.json["code"]) == (404, "connection_not_found")


@pytest.mark.parametrize("path", ["svn/acme/shop", "github/acme/%20", "gitea/acme/shop"])
def test_unknown_connection_is_404(api: FakeApi, path: str) -> None:
    api.send("POST", PATH, SHOP)
    for method, suffix in (("DELETE", ""), ("POST", "/rotate")):
        assert api.send(method, f"{PATH}/{path}{suffix}").status == 404


def test_answers_do_not_depend_on_other_workspaces(api: FakeApi) -> None:
    theirs = api.send("POST", PATH, SHOP, caller=other())
    ours = api.send("POST", PATH, SHOP)

    assert (theirs.status, ours.status) == (201, 201)
    hidden = ("createdBy", "secret")
    shown = [{k: v for k, v in one.json.items() if k not in hidden} for one in (theirs, ours)]
    assert shown[0] == shown[1]
    assert api.send("DELETE", f"{PATH}/github/acme/shop").status == 204
    assert len(api.send("GET", PATH, caller=other()).json["items"]) == 1


def test_second_connection_is_409(api: FakeApi, matches_contract: Matches) -> None:
    api.send("POST", PATH, SHOP)
    again = api.send("POST", PATH, {**SHOP, "name": "ACME/shop"})
    matches_contract(again)
    assert (again.status, again.json["code"]) == (409, "already_connected")


@pytest.mark.parametrize(
    "body", [{}, {"provider": "svn", "name": "a/b"}, {**SHOP, "name": "*"}, {**SHOP, "x": 1}]
)
def test_invalid_repository_is_422(api: FakeApi, body: dict[str, Any]) -> None:
    assert api.send("POST", PATH, body).status == 422


def test_operators_ceiling_is_403(api: FakeApi, matches_contract: Matches) -> None:
    api.deployment.access.put_workspace(Workspace(id="demo", repository_ceiling=("github:other/*",)))
    refused = api.send("POST", PATH, SHOP)
    matches_contract(refused)
    assert (refused.status, refused.json["code"]) == (403, "repository_not_allowed")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.REPORTER])
def test_only_admins_see_connections(api: FakeApi, role: Role) -> None:
    caller = Principal(workspace_id="demo", token_id="t", role=role)
    path = f"{PATH}/github/acme/shop"
    for method, target in (("GET", PATH), ("POST", PATH), ("POST", f"{path}/rotate"), ("DELETE", path)):
        body = SHOP if target == PATH and method == "POST" else None
        assert api.send(method, target, body, caller=caller).status == 403


JOB = {"type": "git-status", "instructions": "Say what has changed.", "repository": "victim/shop"}


@pytest.mark.parametrize("body", [JOB, {**JOB, "repository": "VICTIM/Shop"}])
def test_job_needs_a_connected_repository(
    api: FakeApi, matches_contract: Matches, body: dict[str, Any]
) -> None:
    responses = [
        api.send("POST", "/runner-jobs", body, caller=other()),
        api.send("POST", "/stitcher/dispatch", body, caller=other()),
        api.send("POST", "/stitcher/dispatch", {**body, "dryRun": True}, caller=other()),
    ]

    for response in responses:
        matches_contract(response)
        assert (response.status, response.json["code"]) == (422, "repository_not_connected")


def test_pending_connection_allows_no_job(api: FakeApi) -> None:
    api.send("POST", PATH, {"provider": "github", "name": "victim/shop"}, caller=other())
    assert api.send("POST", "/runner-jobs", JOB, caller=other()).status == 422


def test_job_without_repository_needs_no_connection(api: FakeApi) -> None:
    body = {name: value for name, value in JOB.items() if name != "repository"}
    assert api.send("POST", "/runner-jobs", body, caller=other()).status == 202


def test_retry_needs_a_connected_repository(api: FakeApi, matches_contract: Matches) -> None:
    job = api.send("POST", "/runner-jobs", {**JOB, "repository": "acme/shop"}).json["id"]
    api.send("POST", f"/runner-jobs/{job}/cancel")
    api.deployment.access.disconnect_all()
    api.deployment.clock.forward(MAX_AGE.total_seconds())

    retried = api.send("POST", f"/runner-jobs/{job}/retry")
    bulk = api.send("POST", "/runner-jobs/bulk/retry", {"ids": [job]})

    for response in (retried, bulk):
        matches_contract(response)
    assert (retried.status, retried.json["code"]) == (422, "repository_not_connected")
    assert bulk.json["items"][0]["problem"]["code"] == "repository_not_connected"


def test_secrets_of_connections_are_in_the_store(api: FakeApi) -> None:
    secret = api.send("POST", PATH, {**SHOP, "name": "acme/kept"}).json["secret"]
    (kept,) = [one for one in api.deployment.connections.of_workspace("demo", 100) if one.name == "acme/kept"]
    assert SECRETS.get(kept.secret_ids[0]) == {"secret": secret}
