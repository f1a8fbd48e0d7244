"""Mutants of authentication and authorization."""

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
def tokens_are_cached() -> tuple[Patch, ...]:
    """A process reads a token once, and uses it from then on."""
    real = Authenticator._holder

    def holder(self: Authenticator, bearer: str) -> Principal | None:
        cached: dict[str, Principal | None] = self.__dict__.setdefault("_cached", {})
        if bearer not in cached:
            cached[bearer] = real(self, bearer)
        return cached[bearer]

    return ((Authenticator, "_holder", holder),)


@mutant
def tokens_do_not_expire() -> tuple[Patch, ...]:
    """A token is checked for its revocation, but not for its expiry."""

    def is_live(token: Token, _now: datetime) -> bool:
        return token.revoked_at is None

    return ((tokens, "is_live", is_live),)


@mutant
def token_secret_is_not_checked() -> tuple[Patch, ...]:
    """A token is found by its id, and its secret is not compared."""

    def verify(token: Token | None, _secret: str, now: datetime) -> Principal | None:
        return tokens.holder(token) if token and tokens.is_live(token, now) else None

    return ((tokens, "verify", verify),)


@mutant
def storage_error_authenticates() -> tuple[Patch, ...]:
    """A well-formed token is accepted if the table cannot be read."""
    real = Authenticator._holder

    def holder(self: Authenticator, bearer: str) -> Principal | None:
        try:
            return real(self, bearer)
        except PynamoDBException:
            token_id, _ = tokens.split(bearer)
            return Principal.model_validate({"workspaceId": "demo", "role": "member", "tokenId": token_id})

    return ((Authenticator, "_holder", holder),)


@mutant
def anonymous_requests_may_read() -> tuple[Patch, ...]:
    """An anonymous request may read everything."""
    real = authorization._caller
    anonymous = Principal(workspace_id="demo", token_id="anonymous", role=Role.VIEWER)
    return ((authorization, "_caller", lambda event: real(event) or anonymous),)


@mutant
def workspace_of_the_token_is_ignored() -> tuple[Patch, ...]:
    """A token is valid for the workspace `demo`, whichever workspace it belongs to."""
    real = authorization._caller

    def caller(event: dict[str, Any]) -> Principal | None:
        principal = real(event)
        return principal.model_copy(update={"workspace_id": "demo"}) if principal else None

    return ((authorization, "_caller", caller),)


@mutant
def last_use_overwrites_a_revocation() -> tuple[Patch, ...]:
    """The time of last use is saved together with the whole token that was read before."""

    def holder(self: Any, bearer: str) -> Principal | None:
        token_id, secret = tokens.split(bearer)
        token, now = self.access.token(token_id), self.clock()
        principal = tokens.verify(token, secret, now)
        if principal and token:
            self.access.put_token(token.model_copy(update={"last_used_at": now}))
        return principal

    return ((Authenticator, "_holder", holder),)
