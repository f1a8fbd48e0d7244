"""Who holds a token, and what a role may do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.access.model import PERMISSIONS, Grant, Permission, Principal, Role, Token, Workspace
from mosaic.access.tokens import digest, split, verify

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TOKEN = Token(id="ci", workspace_id="demo", role=Role.REPORTER, digest=digest("s3cret"), created_at=NOW)


@pytest.mark.parametrize(
    ("bearer", "parts"),
    [
        ("local-admin-token", ("local-admin", "token")),
        ("ci-s3cret", ("ci", "s3cret")),
        ("nodash", ("", "")),
        ("-secret", ("", "")),
        ("id-", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_token_is_an_id_and_a_secret(bearer: str, parts: tuple[str, str]) -> None:
    assert split(bearer) == parts


def test_the_right_secret_names_its_holder() -> None:
    assert verify(TOKEN, "s3cret", NOW) == Principal(workspace_id="demo", token_id="ci", role=Role.REPORTER)


@given(secret=st.text(max_size=40).filter(lambda text: text != "s3cret"))
def test_any_other_secret_names_nobody(secret: str) -> None:
    assert verify(TOKEN, secret, NOW) is None


def test_an_unknown_token_is_nobodys_even_without_a_secret() -> None:
    assert verify(None, "", NOW) is None


@pytest.mark.parametrize(("left", "known"), [(1, True), (0, False), (-1, False)])
def test_a_token_ends_at_its_expiry(left: int, known: bool) -> None:
    expiring = TOKEN.model_copy(update={"expires_at": NOW + timedelta(seconds=left)})
    assert (verify(expiring, "s3cret", NOW) is not None) is known


def test_every_role_has_its_row() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert PERMISSIONS[Role.VIEWER] < PERMISSIONS[Role.MEMBER] < PERMISSIONS[Role.ADMIN] == set(Permission)
    assert PERMISSIONS[Role.REPORTER] == {Permission.REPORT_GATES}


@pytest.mark.parametrize(
    ("grant", "granted"),
    [
        (Grant(profile="weaver", capability="git:push"), {"git:push"}),
        (Grant(profile="weaver", capability="git:push", repository="acme/shop"), {"git:push"}),
        (Grant(profile="weaver", capability="git:push", repository="acme/bank"), set()),
        (Grant(profile="bridge", capability="git:push"), set()),
    ],
)
def test_a_grant_is_for_a_profile_and_a_repository(grant: Grant, granted: set[str]) -> None:
    assert Workspace(id="demo", grants=(grant,)).granted("weaver", "acme/shop") == granted
