"""Every valid token shows its identity."""

from __future__ import annotations

from datetime import timedelta

import pytest

from authorizer.app import answer
from mosaic.access.model import PERMISSIONS, STORED_ROLES, Principal, Role
from mosaic.access.run_tokens import run_token
from mosaic.base import rfc3339
from mosaic.services.authenticate_caller import Authenticator
from mosaic.services.manage_tokens import TokenManager
from tests.fakes.api import FakeApi
from tests.fakes.clock import NOON
from tests.fakes.storage.access import FakeAccess

JOB = "01KGA000000000000000000000"
ISSUED = Principal(workspace_id="demo", role=Role.MEMBER, subject="ada", expires_at=NOON)


def known_as(authenticator: Authenticator, bearer: str) -> Principal:
    """The authorizer's context for the token, as the API reads it."""
    result = answer({"headers": {"authorization": f"Bearer {bearer}"}}, authenticator)
    return Principal.model_validate(result["context"])


@pytest.fixture
def access(api: FakeApi) -> FakeAccess:
    store = api.deployment.access
    assert isinstance(store, FakeAccess)
    return store


def authenticator(access: FakeAccess) -> Authenticator:
    return Authenticator(access, lambda: ("key",), lambda _, __: ISSUED, lambda: NOON)


@pytest.mark.parametrize("role", STORED_ROLES)
def test_token_shows_name_and_expiry(role: Role, api: FakeApi, access: FakeAccess) -> None:
    gates, repositories = (("build",), ("acme/shop",)) if role is Role.REPORTER else ((), ())
    end = NOON + timedelta(days=1)
    tokens = TokenManager(access, lambda: NOON, lambda _: "T1")
    _, bearer = tokens.issue(
        "demo", "CI", role, "token:ada", expires_at=end, gates=gates, repositories=repositories
    )
    assert api.send("GET", "/me", caller=known_as(authenticator(access), bearer)).json == {
        "workspaceId": "demo",
        "role": role,
        "permissions": sorted(PERMISSIONS[role]),
        "actor": "token:T1",
        "tokenId": "T1",
        "tokenName": "CI",
        "gates": list(gates),
        "repositories": list(repositories),
        "expiresAt": rfc3339(end),
    }


def test_token_without_expiry_shows_null(api: FakeApi) -> None:
    result = api.send("GET", "/me").json
    assert (result["tokenId"], result["tokenName"], result["expiresAt"]) == ("ada", None, None)


def test_jwt_expires_with_its_exp(api: FakeApi, access: FakeAccess) -> None:
    result = api.send("GET", "/me", caller=known_as(authenticator(access), "a.b.c")).json
    assert (result["actor"], result["tokenId"], result["expiresAt"]) == ("oidc:ada", None, rfc3339(NOON))


def test_run_token_shows_its_permissions(api: FakeApi, access: FakeAccess) -> None:
    caller = known_as(authenticator(access), run_token("demo", JOB, 2, "key"))
    result = api.send("GET", "/me", caller=caller).json
    assert (result["role"], result["actor"], result["expiresAt"]) == ("runner", f"run:{JOB}:2", None)
    assert result["permissions"] == ["jobs:report", "self:read"]


def test_missing_token_is_401(api: FakeApi) -> None:
    assert api.send("GET", "/me", caller=None).status == 401
