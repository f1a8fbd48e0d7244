"""Manage API tokens: issue them, list them and revoke them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from aws_lambda_powertools import Logger

from mosaic.access.errors import LastAdmin, StaleAccess, TokenNotFound, TooManyCreators
from mosaic.access.model import PERMISSIONS, Permission, Role, Token
from mosaic.access.tokens import MAX_CREATORS, digest, is_live, longest_life
from mosaic.metrics import Measurement, Meter, Metric
from mosaic.storage.access import Access

logger = Logger(child=True)

SECRET_BYTES = 32
PAGE = 100
TRIES = 4


class TokenManager:
    """The API tokens of workspaces. A revoked token stays listed, so that its past actions can be attributed."""

    def __init__(
        self,
        access: Access,
        clock: Callable[[], datetime],
        new_id: Callable[[datetime], str],
        meter: Meter = lambda _: None,
    ) -> None:
        self._access = access
        self._meter = meter
        self._clock = clock
        self._new_id = new_id

    def issue(
        self,
        workspace_id: str,
        name: str,
        role: Role,
        actor: str,
        *,
        creators: tuple[str, ...] = (),
        expires_at: datetime | None = None,
        gates: tuple[str, ...] = (),
        repositories: tuple[str, ...] = (),
    ) -> tuple[Token, str]:
        """Returns a new token and its bearer string, which is not stored and cannot be shown again.

        `creators` are those of the actor's own token. Without `expires_at`, the token has the longest life of
        its role. Raises TooManyCreators for a token behind which there are more than MAX_CREATORS actors.
        """
        if len(creators) >= MAX_CREATORS:
            raise TooManyCreators(MAX_CREATORS)
        now, secret = self._clock(), secrets.token_hex(SECRET_BYTES)
        token = Token(
            id=self._new_id(now),
            workspace_id=workspace_id,
            role=role,
            digest=digest(secret),
            name=name,
            gates=gates,
            repositories=repositories,
            created_at=now,
            creators=(actor, *creators),
            expires_at=expires_at or now + longest_life(role),
        )
        self._access.add_token(token)
        logger.info("token issued", workspace_id=workspace_id, token_id=token.id, role=role, actor=actor)
        if role is Role.ADMIN:
            self._meter(Measurement(Metric.ADMIN_TOKENS_ISSUED))
        return token, f"{token.id}-{secret}"

    def page(self, workspace_id: str, limit: int, before: str | None) -> tuple[Token, ...]:
        """Returns at most `limit` tokens, newest first, with ids below `before`."""
        return self._access.tokens(workspace_id, limit, before)

    def reporters(self, workspace_id: str) -> tuple[Token, ...]:
        """Returns the tokens that may report gates now, among the newest hundred."""
        now = self._clock()
        return tuple(
            token
            for token in self._access.tokens(workspace_id, PAGE, None)
            if is_live(token, now) and Permission.REPORT_GATES in PERMISSIONS[token.role]
        )

    def revoke(self, workspace_id: str, token_id: str, actor: str) -> None:
        """Revokes the token; revoking it again changes nothing.

        Raises TokenNotFound, LastAdmin for the only live admin token, and StaleAccess when others keep revoking
        tokens meanwhile.
        """
        for _ in range(TRIES):
            token, now = self._access.token(token_id), self._clock()
            if token is None or token.workspace_id != workspace_id:
                raise TokenNotFound(token_id)
            if token.revoked_at:
                return
            try:
                self._access.revoke_token(token, now, self._other_admin(token, now))
            except StaleAccess:
                continue
            logger.info("token revoked", workspace_id=workspace_id, token_id=token.id, actor=actor)
            return
        raise StaleAccess("tokens of the workspace are being revoked by others; try again")

    def _other_admin(self, token: Token, now: datetime) -> str | None:
        """Returns the id of another live admin token, or None when the token may be revoked without one.

        Raises LastAdmin when there is no other.
        """
        if token.role is not Role.ADMIN or not is_live(token, now):
            return None
        before = None
        while page := self._access.tokens(token.workspace_id, PAGE, before):
            for other in page:
                if other.role is Role.ADMIN and other.id != token.id and is_live(other, now):
                    return other.id
            before = page[-1].id
        raise LastAdmin
