"""Tokens are issued once and revoked for good; the last admin token stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from mosaic.access.errors import LastAdmin, StaleAccess, TokenNotFound, TooManyCreators
from mosaic.access.model import Role, Token
from mosaic.access.tokens import MAX_CREATORS, split, verify
from mosaic.metrics import Measurement, Metric
from mosaic.services.manage_tokens import TokenManager
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.storage.access import FakeAccess


def ids() -> Iterator[str]:
    yield from (f"t{number:03}" for number in range(1000))


class TokenSetup:
    """A token manager over a fake store."""

    def __init__(self, access: FakeAccess | None = None) -> None:
        self.access, self.clock = access or FakeAccess(), FakeClock()
        numbers = ids()
        self.tokens = TokenManager(self.access, self.clock, lambda _: next(numbers))

    def issue(self, role: Role = Role.ADMIN, workspace: str = "demo", left: float | None = None) -> str:
        expires = None if left is None else self.clock() + timedelta(seconds=left)
        token, _ = self.tokens.issue(workspace, "a token", role, "token:ada", expires_at=expires)
        return token.id

    def revoked(self, token_id: str) -> bool:
        token = self.access.token(token_id)
        assert token
        return token.revoked_at is not None

    def revoke(self, token_id: str, workspace: str = "demo") -> None:
        self.tokens.revoke(workspace, token_id, "token:ada")


@pytest.fixture
def setup() -> TokenSetup:
    return TokenSetup()


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.REPORTER, Role.VIEWER])
def test_new_admin_token_is_measured(role: Role) -> None:
    measured: list[Measurement] = []
    manager = TokenManager(FakeAccess(), FakeClock(), lambda _: "t1", measured.append)
    manager.issue("demo", "a token", role, "token:ada")
    assert [one.metric for one in measured] == [Metric.ADMIN_TOKENS_ISSUED] * (role is Role.ADMIN)


def test_token_authenticates_its_role(setup: TokenSetup) -> None:
    token, bearer = setup.tokens.issue("demo", "CI", Role.REPORTER, "oidc:ada", gates=("build",))
    token_id, secret = split(bearer)
    assert token_id == token.id
    assert len(bytes.fromhex(secret)) == 32
    assert secret not in token.model_dump_json()
    principal = verify(setup.access.token(token_id), secret, NOON)
    assert principal
    assert (principal.workspace_id, principal.role, principal.gates) == ("demo", Role.REPORTER, ("build",))
    assert (token.created_by, token.created_at) == ("oidc:ada", NOON)


@pytest.mark.parametrize(
    ("role", "days"), [(Role.VIEWER, 365), (Role.MEMBER, 365), (Role.REPORTER, 365), (Role.ADMIN, 90)]
)
def test_token_expires_after_the_longest_life(setup: TokenSetup, role: Role, days: int) -> None:
    token, _ = setup.tokens.issue("demo", "x", role, "token:ada")
    assert token.expires_at == NOON + timedelta(days=days)


def test_token_records_all_actors_behind_it(setup: TokenSetup) -> None:
    token, _ = setup.tokens.issue("demo", "x", Role.ADMIN, "token:b", creators=("token:a", "oidc:ada"))
    assert token.creators == ("token:b", "token:a", "oidc:ada")


def test_chain_of_creators_is_bounded(setup: TokenSetup) -> None:
    creators = tuple(f"token:{number}" for number in range(MAX_CREATORS))
    assert setup.tokens.issue("demo", "x", Role.ADMIN, "token:b", creators=creators[1:])
    with pytest.raises(TooManyCreators, match="with an earlier token"):
        setup.tokens.issue("demo", "x", Role.ADMIN, "token:b", creators=creators)


def test_secrets_are_unique(setup: TokenSetup) -> None:
    bearers = {setup.tokens.issue("demo", "x", Role.VIEWER, "token:ada")[1] for _ in range(100)}
    assert len({split(bearer)[1] for bearer in bearers}) == 100


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.REPORTER])
def test_other_tokens_can_always_be_revoked(role: Role, setup: TokenSetup) -> None:
    only = setup.issue(role)
    setup.revoke(only)
    setup.revoke(only)
    assert setup.revoked(only)


def test_last_admin_token_cannot_be_revoked(setup: TokenSetup) -> None:
    one, two = setup.issue(), setup.issue()
    setup.issue(Role.MEMBER)
    setup.issue(Role.ADMIN, "other")
    setup.revoke(one)
    with pytest.raises(LastAdmin):
        setup.revoke(two)
    assert not setup.revoked(two)
    setup.revoke(one)


def test_expired_admin_token_does_not_count(setup: TokenSetup) -> None:
    one, two = setup.issue(), setup.issue(left=10)
    setup.clock.forward(10)
    with pytest.raises(LastAdmin):
        setup.revoke(one)
    setup.revoke(two)
    assert setup.revoked(two)


def test_other_admin_token_is_found_on_any_page(setup: TokenSetup) -> None:
    first = setup.issue()
    for _ in range(250):
        setup.issue(Role.VIEWER)
    last = setup.issue()
    setup.revoke(last)
    with pytest.raises(LastAdmin):
        setup.revoke(first)


@pytest.mark.parametrize("token_id", ["t000", "nobody", ""])
def test_token_of_another_workspace_is_not_found(token_id: str, setup: TokenSetup) -> None:
    setup.issue(Role.VIEWER, "other")
    with pytest.raises(TokenNotFound):
        setup.revoke(token_id)


class ConcurrentRevocation(FakeAccess):
    """Another admin revokes the other token just before each of the first revocations is stored."""

    def revoke_token(self, token: Token, now: datetime, other_admin: str | None) -> None:
        if other_admin:
            super().revoke_token(self._tokens[other_admin], now, None)
        super().revoke_token(token, now, other_admin)


def test_mutual_revocation_leaves_one_admin() -> None:
    setup = TokenSetup(ConcurrentRevocation())
    one, two, three = setup.issue(), setup.issue(), setup.issue()
    with pytest.raises(LastAdmin):
        setup.revoke(one)
    assert [setup.revoked(token) for token in (one, two, three)] == [False, True, True]


def test_endless_conflict_is_given_up() -> None:
    setup = TokenSetup(ConcurrentRevocation())
    tokens = [setup.issue() for _ in range(9)]
    with pytest.raises(StaleAccess):
        setup.revoke(tokens[0])
    assert not setup.revoked(tokens[0])
