"""The holder of each kind of token; each kind is looked up only in its own source."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from authorizer.app import answer
from authorizer.settings import Settings
from mosaic.access.model import Principal, Role, Token, Workspace
from mosaic.access.run_tokens import run_token
from mosaic.access.tokens import digest
from mosaic.services.authenticate_caller import Authenticator
from mosaic.storage.access import LAST_USED_EVERY
from tests.fakes.access import FakeAccess
from tests.fakes.clock import NOON, FakeClock

KEY = "callback-key"
JWT = "eyJ.eyJ.c2ln"
JOB = "01KGA000000000000000000000"


class World:
    """An authenticator, and what was asked behind it."""

    def __init__(self) -> None:
        self.access, self.clock = FakeAccess(), FakeClock()
        self.secrets_read = 0
        self.jwts: dict[str, Principal] = {}
        self.authenticator = Authenticator(self.access, self._keys, self._jwt, self.clock)
        self.access.put_workspace(Workspace(id="demo"))
        self.access.put_token(
            Token(
                id="ci",
                workspace_id="demo",
                role=Role.REPORTER,
                digest=digest("s3cret"),
                gates=("build",),
                created_at=NOON,
            )
        )

    def _keys(self) -> tuple[str, ...]:
        self.secrets_read += 1
        return (KEY,)

    def _jwt(self, bearer: str, now: datetime) -> Principal | None:
        assert now == self.clock()
        return self.jwts.get(bearer)

    def context(self, authorization: str | None) -> dict[str, Any]:
        headers = {} if authorization is None else {"authorization": authorization}
        answered = answer({"headers": headers}, self.authenticator)
        assert answered["isAuthorized"] is True
        known: dict[str, Any] = answered["context"]
        return known


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_api_token_needs_no_other_secret(scheme: str, world: World) -> None:
    told = world.context(f"{scheme} ci-s3cret")
    assert told == {"workspaceId": "demo", "role": "reporter", "tokenId": "ci", "gates": ["build"]}
    assert world.secrets_read == 0


def test_run_token_names_job_and_attempt(world: World) -> None:
    told = world.context(f"Bearer {run_token('demo', JOB, 2, KEY)}")
    assert told == {"workspaceId": "demo", "role": "runner", "jobId": JOB, "attempt": 2, "gates": []}
    assert world.context(f"Bearer {run_token('demo', JOB, 2, 'other')}") == {}


def test_jwt_needs_an_existing_workspace(world: World) -> None:
    for workspace, known in (("demo", True), ("nowhere", False)):
        world.jwts[JWT] = Principal(workspace_id=workspace, role=Role.ADMIN, subject="ada")
        told = world.context(f"Bearer {JWT}")
        assert (told != {}) is known
    assert world.secrets_read == 0


def test_without_an_issuer_a_jwt_is_nobodys(world: World) -> None:
    world.jwts[JWT] = Principal(workspace_id="demo", role=Role.ADMIN, subject="ada")
    assert Authenticator(world.access, lambda: (KEY,), None, world.clock).who(JWT) is None


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic ci-s3cret", "ci-s3cret", "Bearer ci-wrong", "Bearer x-s3cret"],
)
def test_anything_else_is_nobodys(authorization: str | None, world: World) -> None:
    assert world.context(authorization) == {}


@given(bearer=st.text(max_size=600))
def test_whatever_comes_is_nobodys_and_breaks_nothing(bearer: str) -> None:
    assert World().context(f"Bearer {bearer}") == {}


def test_revoked_token_is_rejected(world: World) -> None:
    token = world.access.token("ci")
    assert token
    world.access.revoke_token(token, world.clock(), None)
    assert world.context("Bearer ci-s3cret") == {}


def test_last_use_is_recorded_now_and_then(world: World) -> None:
    seen = []
    for _ in range(7):
        world.context("Bearer ci-s3cret")
        token = world.access.token("ci")
        seen.append(token and token.last_used_at)
        world.clock.forward(60)
    assert seen == [NOON] * 5 + [NOON + LAST_USED_EVERY] * 2
    assert timedelta(minutes=5) == LAST_USED_EVERY


def test_wrong_secret_records_no_use(world: World) -> None:
    world.context("Bearer ci-wrong")
    token = world.access.token("ci")
    assert token
    assert token.last_used_at is None


@pytest.mark.parametrize(
    ("issuer", "audience", "right"),
    [("", "", True), ("https://a.test", "us", True), ("https://a.test", "", False), ("", "us", False)],
)
def test_issuer_requires_an_audience(
    issuer: str, audience: str, right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {
        "ACCESS_TABLE": "access",
        "OPENCLAW_SECRET_ID": "openclaw",
        "OIDC_ISSUER": issuer,
        "OIDC_AUDIENCE": audience,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if right:
        assert Settings().oidc_issuer == issuer
    else:
        with pytest.raises(ValidationError, match="OIDC_ISSUER and OIDC_AUDIENCE"):
            Settings()
