"""Issue: API tokens are made, shown once, and revoked."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from aws_lambda_powertools import Logger

from mosaic.access.errors import LastAdmin, StaleAccess, TokenNotFound
from mosaic.access.model import PERMISSIONS, Permission, Role, Token
from mosaic.access.tokens import digest, is_live
from mosaic.storage.access import Access

logger = Logger(child=True)

SECRET_BYTES = 32
PAGE = 100
TRIES = 4


class TokenManager:
    """The API tokens of workspaces. A revoked one stays listed, so that what it did can still be told."""

    def __init__(
        self, access: Access, clock: Callable[[], datetime], new_id: Callable[[datetime], str]
    ) -> None:
        self._access = access
        self._clock = clock
        self._new_id = new_id

    def issue(
        self,
        workspace_id: str,
        name: str,
        role: Role,
        actor: str,
        *,
        expires_at: datetime | None = None,
        gates: tuple[str, ...] = (),
    ) -> tuple[Token, str]:
        """A new token, and what its holder has to send, which nobody can be shown again."""
        now, secret = self._clock(), secrets.token_hex(SECRET_BYTES)
        token = Token(
            id=self._new_id(now),
            workspace_id=workspace_id,
            role=role,
            digest=digest(secret),
            name=name,
            gates=gates,
            created_at=now,
            created_by=actor,
            expires_at=expires_at,
        )
        self._access.add_token(token)
        logger.info("token issued", token_id=token.id, role=role, actor=actor)
        return token, f"{token.id}-{secret}"

    def page(self, workspace_id: str, limit: int, before: str | None) -> tuple[Token, ...]:
        """At most `limit` tokens, those of this service newest first, from below the id `before` on."""
        return self._access.tokens(workspace_id, limit, before)

    def reporters(self, workspace_id: str) -> tuple[Token, ...]:
        """The tokens that may report gates now, of the hundred that were made last."""
        now = self._clock()
        return tuple(
            token
            for token in self._access.tokens(workspace_id, PAGE, None)
            if is_live(token, now) and Permission.REPORT_GATES in PERMISSIONS[token.role]
        )

    def revoke(self, workspace_id: str, token_id: str, actor: str) -> None:
        """Have the token open nothing any more; revoking it again changes nothing.

        Raises TokenNotFound, LastAdmin for the only admin token that still opens something, StaleAccess when others
        kept revoking tokens meanwhile.
        """
        for _ in range(TRIES):
            token, now = self._access.token(token_id), self._clock()
            if token is None or token.workspace_id != workspace_id:
                raise TokenNotFound(token_id)
            if token.revoked_at:
                return
            try:
                self._access.revoke_token(token, now, self._keeper(token, now))
            except StaleAccess:
                continue
            logger.info("token revoked", token_id=token.id, actor=actor)
            return
        raise StaleAccess("tokens of the workspace are being revoked by others; try again")

    def _keeper(self, token: Token, now: datetime) -> str | None:
        """The id of another live admin token, without which this one may not be revoked; None if it may anyway."""
        if token.role is not Role.ADMIN or not is_live(token, now):
            return None
        before = None
        while page := self._access.tokens(token.workspace_id, PAGE, before):
            for other in page:
                if other.role is Role.ADMIN and other.id != token.id and is_live(other, now):
                    return other.id
            before = page[-1].id
        raise LastAdmin
