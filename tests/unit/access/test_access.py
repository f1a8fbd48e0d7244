"""Token verification and permissions of roles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.access.model import (
    PERMISSIONS,
    STORED_ROLES,
    Grant,
    Permission,
    Principal,
    Role,
    Token,
    Workspace,
)
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
def test_token_splits_into_id_and_secret(bearer: str, parts: tuple[str, str]) -> None:
    assert split(bearer) == parts


def test_correct_secret_returns_holder() -> None:
    assert verify(TOKEN, "s3cret", NOW) == Principal(workspace_id="demo", token_id="ci", role=Role.REPORTER)


@given(secret=st.text(max_size=40).filter(lambda text: text != "s3cret"))
def test_wrong_secret_returns_none(secret: str) -> None:
    assert verify(TOKEN, secret, NOW) is None


def test_unknown_token_returns_none() -> None:
    assert verify(None, "", NOW) is None


@pytest.mark.parametrize(("left", "known"), [(1, True), (0, False), (-1, False)])
def test_expired_token_returns_none(left: int, known: bool) -> None:
    expiring = TOKEN.model_copy(update={"expires_at": NOW + timedelta(seconds=left)})
    assert (verify(expiring, "s3cret", NOW) is not None) is known


def test_revoked_token_returns_none() -> None:
    assert verify(TOKEN.model_copy(update={"revoked_at": NOW}), "s3cret", NOW) is None


@pytest.mark.parametrize(
    "bearer",
    ["a-" + "b" * 511, "-" * 5000, "ключ-s3cret", "ci-s3cret\u200b", "\U0001f511" * 500 + "-a", "ci-\udcff"],
)
def test_overlong_or_foreign_token_is_refused(bearer: str) -> None:
    assert split(bearer) == ("", "")


def test_every_role_has_permissions() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert PERMISSIONS[Role.VIEWER] < PERMISSIONS[Role.MEMBER] < PERMISSIONS[Role.ADMIN]
    assert PERMISSIONS[Role.REPORTER] == {Permission.READ_SELF, Permission.REPORT_GATES}


def test_every_role_may_read_itself() -> None:
    assert all(Permission.READ_SELF in held for held in PERMISSIONS.values())


def test_only_runner_may_report_for_job() -> None:
    assert PERMISSIONS[Role.RUNNER] == {Permission.READ_SELF, Permission.REPORT_JOBS}
    assert PERMISSIONS[Role.ADMIN] == set(Permission) - {Permission.REPORT_JOBS}


def test_stored_token_cannot_be_runner() -> None:
    assert set(STORED_ROLES) == set(Role) - {Role.RUNNER}
    with pytest.raises(ValueError, match="viewer, member, admin, reporter"):
        Token(id="ci", workspace_id="demo", role=Role.RUNNER, digest="", created_at=NOW)


@pytest.mark.parametrize(
    ("identity", "actor"),
    [
        ({"token_id": "ci"}, "token:ci"),
        ({"subject": "ada"}, "oidc:ada"),
        ({"job_id": "01JD", "attempt": 2}, "run:01JD:2"),
    ],
)
def test_principal_has_an_actor_name(identity: dict[str, object], actor: str) -> None:
    assert Principal.model_validate({"workspace_id": "demo", "role": "viewer", **identity}).actor == actor


@pytest.mark.parametrize(("gates", "may"), [((), True), (("build", "test"), True), (("test",), False)])
def test_reporter_may_be_limited_to_gates(gates: tuple[str, ...], may: bool) -> None:
    limited = TOKEN.model_copy(update={"gates": gates})
    principal = verify(limited, "s3cret", NOW)
    assert principal
    assert principal.reporter_scope
    assert principal.reporter_scope.covers_gate("build") is may


@pytest.mark.parametrize(
    ("repositories", "repository", "may"),
    [
        (("acme/shop",), "acme/shop", True),
        (("acme/shop",), "Acme/Shop", True),
        (("acme/till", "acme/shop"), "acme/shop", True),
        (("acme/shop",), "acme/shop2", False),
        (("acme/shop",), "evil/shop", False),
        (("acme/shop",), None, False),
        (("*",), "acme/shop", True),
        (("*",), None, True),
        ((), "acme/shop", False),
        ((), None, False),
    ],
)
def test_reporter_is_bound_to_repositories(
    repositories: tuple[str, ...], repository: str | None, may: bool
) -> None:
    principal = verify(TOKEN.model_copy(update={"repositories": repositories}), "s3cret", NOW)
    assert principal
    assert principal.reporter_scope
    assert principal.reporter_scope.covers_repository(repository) is may


def test_admin_reports_are_not_limited() -> None:
    assert Principal(workspace_id="demo", token_id="a", role=Role.ADMIN).reporter_scope is None


def test_actors_include_the_creators_of_the_token() -> None:
    principal = verify(TOKEN.model_copy(update={"creators": ("token:a", "oidc:ada")}), "s3cret", NOW)
    assert principal
    assert principal.actors == ("token:ci", "token:a", "oidc:ada")


@pytest.mark.parametrize(
    ("grant", "granted"),
    [
        (Grant(profile="weaver", capability="git:push"), {"git:push"}),
        (Grant(profile="weaver", capability="git:push", repository="acme/shop"), {"git:push"}),
        (Grant(profile="weaver", capability="git:push", repository="acme/bank"), set()),
        (Grant(profile="bridge", capability="git:push"), set()),
    ],
)
def test_grant_applies_to_profile_and_repository(grant: Grant, granted: set[str]) -> None:
    assert Workspace(id="demo", grants=(grant,)).granted("weaver", "acme/shop") == granted
