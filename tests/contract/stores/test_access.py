"""What the flows may expect of the access table."""

from __future__ import annotations

import pytest

from mosaic.access.demo import TOKENS, WORKSPACE, seed
from mosaic.access.model import Grant, Role, Token, Workspace
from mosaic.access.store import ANY_REPOSITORY, AccessStore
from mosaic.access.tokens import split, verify
from tests.fakes.access import FakeAccess
from tests.fakes.clock import NOON

Store = AccessStore | FakeAccess


def test_a_workspace_comes_back_as_it_was_last_stored(access: Store) -> None:
    workspace = Workspace(id="acme", name="Acmé 🧩", grants=(Grant(profile="weaver", capability="git:push"),))
    access.put_workspace(Workspace(id="acme"))
    access.put_workspace(workspace)
    assert access.workspace("acme") == workspace


def test_a_token_comes_back_as_it_was_stored(access: Store) -> None:
    token = Token(id="ci", workspace_id="acme", role=Role.REPORTER, digest="0" * 64, created_at=NOON)
    access.put_token(token)
    assert access.token("ci") == token


@pytest.mark.parametrize("name", ["acme", "ci", "", "acme/shop"])
def test_what_was_not_stored_is_none(access: Store, name: str) -> None:
    access.put_workspace(Workspace(id="other"))
    access.connect("github", "acme/other", "other")
    assert access.workspace(name) is None
    assert access.token(name) is None
    assert access.workspace_of("github", name) is None


def test_workspaces_tokens_and_repositories_of_one_name_do_not_meet(access: Store) -> None:
    access.put_workspace(Workspace(id="acme"))
    assert access.token("acme") is None
    assert access.workspace_of("github", "acme") is None


@pytest.mark.parametrize(
    ("provider", "repository", "workspace"),
    [
        ("github", "acme/shop", "acme"),
        ("github", "Acme/SHOP", "acme"),
        ("github", "acme/other", "anyone"),
        ("gitea", "acme/shop", None),
    ],
)
def test_the_repository_itself_wins_over_a_workspace_that_takes_any(
    access: Store, provider: str, repository: str, workspace: str | None
) -> None:
    access.connect("github", ANY_REPOSITORY, "anyone")
    access.connect("github", "ACME/shop", "acme")
    assert access.workspace_of(provider, repository) == workspace


def test_the_demo_workspace_can_be_seeded_twice(access: Store) -> None:
    seed(access, NOON)  # type: ignore[arg-type]  # the fake is filled as the store is
    seed(access, NOON)  # type: ignore[arg-type]
    for bearer, role in TOKENS.items():
        token_id, secret = split(bearer)
        principal = verify(access.token(token_id), secret, NOON)
        assert principal
        assert (principal.workspace_id, principal.role) == (WORKSPACE, role)
