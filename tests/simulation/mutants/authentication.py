"""Bugs in who is let in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.exceptions import PynamoDBException

from api import authorization
from mosaic.access import tokens
from mosaic.access.model import Principal, Role, Token
from mosaic.services.authenticate_caller import Authenticator
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def tokens_are_remembered() -> tuple[Patch, ...]:
    """A process reads a token once, and knows it from then on."""
    real = Authenticator._holder

    def holder(self: Authenticator, bearer: str) -> Principal | None:
        known: dict[str, Principal | None] = self.__dict__.setdefault("_known", {})
        if bearer not in known:
            known[bearer] = real(self, bearer)
        return known[bearer]

    return ((Authenticator, "_holder", holder),)


@mutant
def tokens_do_not_end() -> tuple[Patch, ...]:
    """Whether a token was revoked is looked at, and not whether its time is up."""

    def is_live(token: Token, _now: datetime) -> bool:
        return token.revoked_at is None

    return ((tokens, "is_live", is_live),)


@mutant
def the_id_is_enough() -> tuple[Patch, ...]:
    """A token is found by its id, and the secret is not looked at."""

    def verify(token: Token | None, _secret: str, now: datetime) -> Principal | None:
        return tokens.holder(token) if token and tokens.is_live(token, now) else None

    return ((tokens, "verify", verify),)


@mutant
def without_its_table_everybody_is_let_in() -> tuple[Patch, ...]:
    """When the table cannot be read, a token that looks like one is believed."""
    real = Authenticator._holder

    def holder(self: Authenticator, bearer: str) -> Principal | None:
        try:
            return real(self, bearer)
        except PynamoDBException:
            token_id, _ = tokens.split(bearer)
            return Principal.model_validate({"workspaceId": "demo", "role": "member", "tokenId": token_id})

    return ((Authenticator, "_holder", holder),)


@mutant
def nobody_may_look() -> tuple[Patch, ...]:
    """Whoever is nobody may look at everything."""
    real = authorization._caller
    anybody = Principal(workspace_id="demo", token_id="nobody", role=Role.VIEWER)
    return ((authorization, "_caller", lambda event: real(event) or anybody),)


@mutant
def there_is_one_workspace() -> tuple[Patch, ...]:
    """Whose token it is is looked at, and not for which workspace."""
    real = authorization._caller

    def caller(event: dict[str, Any]) -> Principal | None:
        known = real(event)
        return known.model_copy(update={"workspace_id": "demo"}) if known else None

    return ((authorization, "_caller", caller),)


@mutant
def noting_a_use_undoes_a_revocation() -> tuple[Patch, ...]:
    """The token that was read is written back whole, with when it was used."""

    def holder(self: Any, bearer: str) -> Principal | None:
        token_id, secret = tokens.split(bearer)
        token, now = self.access.token(token_id), self.clock()
        principal = tokens.verify(token, secret, now)
        if principal and token:
            self.access.put_token(token.model_copy(update={"last_used_at": now}))
        return principal

    return ((Authenticator, "_holder", holder),)
