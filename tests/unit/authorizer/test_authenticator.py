"""Callers by kind of token. Each kind is looked up in its own store only."""

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
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.storage.access import FakeAccess

KEY = "callback-key"
JWT = "eyJ.eyJ.c2ln"
JOB = "01KGA000000000000000000000"


class AuthenticatorSetup:
    """An authenticator over fakes, which counts its reads of secrets."""

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
                repositories=("acme/shop",),
                creators=("oidc:ada",),
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
        response = answer({"headers": headers}, self.authenticator)
        assert response["isAuthorized"] is True
        context: dict[str, Any] = response["context"]
        return context


@pytest.fixture
def setup() -> AuthenticatorSetup:
    return AuthenticatorSetup()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_api_token_needs_no_other_secret(scheme: str, setup: AuthenticatorSetup) -> None:
    context = setup.context(f"{scheme} ci-s3cret")
    assert context == {
        "workspaceId": "demo",
        "role": "reporter",
        "tokenId": "ci",
        "creators": ["oidc:ada"],
        "gates": ["build"],
        "repositories": ["acme/shop"],
    }
    assert setup.secrets_read == 0


def test_run_token_names_job_and_attempt(setup: AuthenticatorSetup) -> None:
    context = setup.context(f"Bearer {run_token('demo', JOB, 2, KEY)}")
    unlimited: dict[str, list[str]] = {"creators": [], "gates": [], "repositories": []}
    assert context == {"workspaceId": "demo", "role": "runner", "jobId": JOB, "attempt": 2, **unlimited}
    assert setup.context(f"Bearer {run_token('demo', JOB, 2, 'other')}") == {}


def test_jwt_needs_an_existing_workspace(setup: AuthenticatorSetup) -> None:
    for workspace, exists in (("demo", True), ("nowhere", False)):
        setup.jwts[JWT] = Principal(workspace_id=workspace, role=Role.ADMIN, subject="ada")
        context = setup.context(f"Bearer {JWT}")
        assert (context != {}) is exists
    assert setup.secrets_read == 0


def test_jwt_without_an_issuer_is_refused(setup: AuthenticatorSetup) -> None:
    setup.jwts[JWT] = Principal(workspace_id="demo", role=Role.ADMIN, subject="ada")
    assert Authenticator(setup.access, lambda: (KEY,), None, setup.clock).who(JWT) is None


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic ci-s3cret", "ci-s3cret", "Bearer ci-wrong", "Bearer x-s3cret"],
)
def test_other_credentials_are_refused(authorization: str | None, setup: AuthenticatorSetup) -> None:
    assert setup.context(authorization) == {}


@given(bearer=st.text(max_size=600))
def test_any_text_is_refused_without_an_error(bearer: str) -> None:
    assert AuthenticatorSetup().context(f"Bearer {bearer}") == {}


def test_revoked_token_is_rejected(setup: AuthenticatorSetup) -> None:
    token = setup.access.token("ci")
    assert token
    setup.access.revoke_token(token, setup.clock(), None)
    assert setup.context("Bearer ci-s3cret") == {}


def test_last_use_is_recorded_now_and_then(setup: AuthenticatorSetup) -> None:
    seen = []
    for _ in range(7):
        setup.context("Bearer ci-s3cret")
        token = setup.access.token("ci")
        seen.append(token and token.last_used_at)
        setup.clock.forward(60)
    assert seen == [NOON] * 5 + [NOON + LAST_USED_EVERY] * 2
    assert timedelta(minutes=5) == LAST_USED_EVERY


def test_wrong_secret_records_no_use(setup: AuthenticatorSetup) -> None:
    setup.context("Bearer ci-wrong")
    token = setup.access.token("ci")
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
        "RUN_TOKEN_SECRET_ID": "run-token",
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
