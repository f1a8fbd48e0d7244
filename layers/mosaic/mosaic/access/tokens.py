"""API tokens: `<id>-<secret>`, of which only the secret's SHA-256 is kept. Pure."""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256

from mosaic.access.model import Principal, Token

# DynamoDB refuses longer keys than 2 KiB, and no token is as long as this.
MAX = 512


def split(bearer: str) -> tuple[str, str]:
    """Id and secret of a token; the secret holds no dash. Both are empty when it is not of that form."""
    if len(bearer) > MAX:
        return "", ""
    token_id, _, secret = bearer.rpartition("-")
    return (token_id, secret) if token_id and secret else ("", "")


def digest(secret: str) -> str:
    """What is kept of a secret: 256 random bits need no salt."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_live(token: Token, now: datetime) -> bool:
    """Whether `token` still opens anything: it is neither revoked nor expired."""
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


def verify(token: Token | None, secret: str, now: datetime) -> Principal | None:
    """Who holds `token` if `secret` is its secret and it is live, else None; in constant time."""
    known = token.digest if token else digest("")
    right = hmac.compare_digest(known, digest(secret))
    if token is None or not right or not is_live(token, now):
        return None
    return holder(token)


def holder(token: Token) -> Principal:
    """Whoever holds `token`, once its secret is proven."""
    return Principal(
        workspace_id=token.workspace_id,
        token_id=token.id,
        role=token.role,
        gates=token.gates,
        token_name=token.name or None,
        expires_at=token.expires_at,
    )
