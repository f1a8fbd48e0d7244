"""Contract of the access table."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from mosaic.access.errors import LastAdmin, RepositoryTaken, StaleAccess
from mosaic.access.model import ANY_REPOSITORY, Grant, Repository, Role, Token, Workspace
from mosaic.access.tokens import split, verify
from mosaic.jobs.value_objects import StandingApproval
from mosaic.services.manage_tokens import TokenManager
from mosaic.services.seed_demo_workspace import TOKENS, WORKSPACE, seed
from mosaic.storage.access import LAST_USED_EVERY, AccessStore
from tests.fakes.clock import NOON
from tests.fakes.storage.access import FakeAccess

Store = AccessStore | FakeAccess


def test_workspace_is_read_as_last_stored(access: Store) -> None:
    workspace = Workspace(id="acme", name="Acmé 🧩", grants=(Grant(profile="weaver", capability="git:push"),))
    access.put_workspace(Workspace(id="acme"))
    access.put_workspace(workspace)
    assert access.workspace("acme") == workspace


STANDING = tuple(
    StandingApproval(
        profile="weaver",
        capability=capability,
        repository="acme/shop",
        until=NOON + timedelta(days=7),
        approved_by="oidc:grâce 🧩",
        approved_at=NOON,
        reason='"release"\nweek',
        job_id="01KGA000000000000000000000",
    )
    for capability in ("git:push", "pr:create")
)


def test_standing_approvals_are_kept_until_revoked(access: Store) -> None:
    people = {"grâce": ("oidc:grâce", "github:grace")}
    before = acme(1, SHOP).model_copy(update={"people": people})
    access.configure(acme(0), before)
    given = before.model_copy(update={"version": 2, "standing_approvals": STANDING})
    access.configure(before, given)
    assert access.workspace("acme") == given
    withdrawn = given.model_copy(update={"version": 3, "standing_approvals": STANDING[1:]})
    with pytest.raises(StaleAccess):
        access.configure(before, withdrawn)
    assert access.workspace("acme") == given
    access.configure(given, withdrawn)
    assert access.workspace("acme") == withdrawn
    assert access.workspace_of("github", "acme/shop") == "acme"


def test_token_is_read_as_stored(access: Store) -> None:
    token = Token(id="ci", workspace_id="acme", role=Role.REPORTER, digest="0" * 64, created_at=NOON)
    access.put_token(token)
    assert access.token("ci") == token


@pytest.mark.parametrize("name", ["acme", "ci", "", "acme/shop"])
def test_unknown_ids_return_none(access: Store, name: str) -> None:
    access.put_workspace(Workspace(id="other"))
    access.connect("github", "acme/other", "other")
    assert access.workspace(name) is None
    assert access.token(name) is None
    assert access.workspace_of("github", name) is None


def test_equal_names_of_different_kinds_do_not_collide(access: Store) -> None:
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
def test_named_repository_wins_over_any_repository(
    access: Store, provider: str, repository: str, workspace: str | None
) -> None:
    access.connect("github", ANY_REPOSITORY, "anyone")
    access.connect("github", "ACME/shop", "acme")
    assert access.workspace_of(provider, repository) == workspace


def test_demo_workspace_can_be_seeded_twice(access: Store) -> None:
    seed(access, NOON)  # type: ignore[arg-type]  # the fake is filled as the store is
    seed(access, NOON)  # type: ignore[arg-type]
    for bearer, role in TOKENS.items():
        token_id, secret = split(bearer)
        principal = verify(access.token(token_id), secret, NOON)
        assert principal
        assert (principal.workspace_id, principal.role) == (WORKSPACE, role)


def test_seeding_keeps_changed_demo_workspace(access: Store) -> None:
    seed(access, NOON)  # type: ignore[arg-type]  # the fake is filled as the store is
    seeded = access.workspace(WORKSPACE)
    assert seeded
    changed = seeded.model_copy(update={"version": seeded.version + 1, "name": "Mine"})
    access.configure(seeded, changed)

    seed(access, NOON)  # type: ignore[arg-type]

    assert access.workspace(WORKSPACE) == changed


SHOP = Repository(provider="github", name="acme/shop")
BANK = Repository(provider="gitea", name="acme/bank")


def acme(version: int, *repositories: Repository, id: str = "acme") -> Workspace:
    return Workspace(id=id, version=version, repositories=repositories)


def test_change_connects_and_disconnects_repositories(access: Store) -> None:
    access.configure(acme(0), acme(1, SHOP))
    access.configure(acme(1, SHOP), acme(2, BANK))
    assert access.workspace("acme") == acme(2, BANK)
    assert access.workspace_of("github", "acme/shop") is None
    assert access.workspace_of("gitea", "ACME/bank") == "acme"


@pytest.mark.parametrize("version", [0, 1, 3])
def test_change_of_stale_version_is_refused(access: Store, version: int) -> None:
    access.configure(acme(0), acme(2, SHOP))
    with pytest.raises(StaleAccess):
        access.configure(acme(version, SHOP), acme(version + 1, BANK))
    assert access.workspace("acme") == acme(2, SHOP)
    assert access.workspace_of("github", "acme/shop") == "acme"
    assert access.workspace_of("gitea", "acme/bank") is None


def test_repository_of_other_workspace_is_refused(access: Store) -> None:
    access.configure(acme(0, id="other"), acme(1, SHOP, id="other"))
    with pytest.raises(RepositoryTaken, match="github Acme/Shop") as refusal:
        access.configure(acme(0), acme(1, BANK, SHOP.model_copy(update={"name": "Acme/Shop"})))
    assert "other" not in str(refusal.value)
    assert access.workspace("acme") is None
    assert access.workspace_of("gitea", "acme/bank") is None
    assert access.workspace_of("github", "acme/shop") == "other"


def test_reconnecting_a_repository_succeeds(access: Store) -> None:
    access.connect("github", "acme/shop", "acme")
    access.connect("github", "Acme/Shop", "acme")
    assert access.workspace_of("github", "acme/shop") == "acme"
    with pytest.raises(RepositoryTaken):
        access.connect("github", "acme/shop", "other")


def token(id: str, workspace: str = "acme", **fields: object) -> Token:
    known = {"workspace_id": workspace, "role": Role.ADMIN, "digest": "0" * 64, "created_at": NOON}
    return Token.model_validate({"id": id, **known, **fields})


def test_tokens_are_listed_by_page(access: Store) -> None:
    for id in ("a1", "a3", "a2", "ci-3"):
        access.add_token(token(id))
    access.add_token(token("a9", "other"))
    access.connect("github", "acme/shop", "acme")
    assert [one.id for one in access.tokens("acme", 3, None)] == ["ci-3", "a3", "a2"]
    assert [one.id for one in access.tokens("acme", 3, "a2")] == ["a1"]
    assert access.tokens("acme", 3, "a1") == access.tokens("nobody", 3, None) == ()


def test_token_id_is_unique(access: Store) -> None:
    access.add_token(token("ci"))
    with pytest.raises(StaleAccess):
        access.add_token(token("ci", "other"))
    assert access.token("ci") == token("ci")


def test_revoked_token_stays_listed(access: Store) -> None:
    access.add_token(token("ci"))
    access.revoke_token(token("ci"), NOON, None)
    revoked = token("ci", revoked_at=NOON)
    assert access.token("ci") == revoked
    assert access.tokens("acme", 9, None) == (revoked,)
    with pytest.raises(StaleAccess):
        access.revoke_token(revoked, NOON, None)


def test_revocation_needs_unrevoked_keeper(access: Store) -> None:
    access.add_token(token("one"))
    access.add_token(token("two"))
    access.revoke_token(token("one"), NOON, "two")
    for keeper in ("one", "missing"):
        with pytest.raises(StaleAccess):
            access.revoke_token(token("two"), NOON, keeper)
    assert access.token("two") == token("two")
    with pytest.raises(StaleAccess):
        access.revoke_token(token("missing"), NOON, None)
    assert access.token("missing") is None


@pytest.mark.parametrize(("later", "noted"), [(0, True), (1, False), (LAST_USED_EVERY.total_seconds(), True)])
def test_last_use_is_recorded_every_few_minutes(access: Store, later: float, noted: bool) -> None:
    access.add_token(token("ci"))
    first, second = NOON + timedelta(seconds=9), NOON + timedelta(seconds=9 + later)
    access.touch_token(token("ci"), first)
    # A caller that read the token earlier may still have no last use.
    access.touch_token(token("ci"), second)
    assert access.token("ci") == token("ci", last_used_at=second if noted else first)


def test_recording_use_does_not_recreate_token(access: Store) -> None:
    access.touch_token(token("gone"), NOON)
    assert access.token("gone") is None
    access.add_token(token("ci"))
    access.revoke_token(token("ci"), NOON, None)
    access.touch_token(token("ci"), NOON)
    assert access.token("ci") == token("ci", revoked_at=NOON, last_used_at=NOON)


@pytest.mark.skipif(
    "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ, reason="moto's transactions are not isolated"
)
def test_concurrent_revocations_leave_one_admin(access: Store) -> None:
    ids = [f"admin{number}" for number in range(6)]
    for id in ids:
        access.add_token(token(id))
    tokens = TokenManager(access, lambda: NOON, lambda _: "unused")

    def revoke(id: str) -> bool:
        try:
            tokens.revoke("acme", id, "token:ada")
        except (LastAdmin, StaleAccess):
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        gone = list(threads.map(revoke, ids))
    left = [id for id, revoked in zip(ids, gone, strict=True) if not revoked]
    assert left
    assert [one.id for one in access.tokens("acme", 9, None) if not one.revoked_at] == left[::-1]


@pytest.mark.skipif(
    "AWS_ENDPOINT_URL_DYNAMODB" not in os.environ, reason="moto's transactions are not isolated"
)
def test_concurrent_connections_have_one_winner(access: Store) -> None:
    def win(id: str) -> str | None:
        try:
            access.configure(acme(0, id=id), acme(1, SHOP, BANK, id=id))
        except (RepositoryTaken, StaleAccess):
            return None
        return id

    with ThreadPoolExecutor(6) as threads:
        won = [id for id in threads.map(win, "abcdef") if id]
    holder = won[0] if won else None
    assert access.workspace_of("github", "acme/shop") == holder
    assert access.workspace_of("gitea", "acme/bank") == holder
    assert [id for id in "abcdef" if access.workspace(id)] == won
