"""API tokens: `<id>-<secret>`. Only the secret's SHA-256 is stored. Pure."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from mosaic.access.model import Principal, Role, Token

# In bytes: no token is this long, and DynamoDB refuses keys over 2 KiB.
MAX_BYTES = 512
LONGEST_LIFE = timedelta(days=365)
LONGEST_ADMIN_LIFE = timedelta(days=90)
# The actors behind a token: its creator, the creator's creator, and so on.
MAX_CREATORS = 10


def split(bearer: str) -> tuple[str, str]:
    """Returns id and secret of a token; both empty if the token is malformed. A secret contains no dash.

    Only ASCII is accepted, so that characters are bytes.
    """
    if len(bearer) > MAX_BYTES or not bearer.isascii():
        return "", ""
    token_id, _, secret = bearer.rpartition("-")
    return (token_id, secret) if token_id and secret else ("", "")


def digest(secret: str) -> str:
    """Returns the digest of a secret. A secret has 256 random bits, so it needs no salt."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def longest_life(role: Role) -> timedelta:
    """Returns the longest time for which a token of this role may be valid. It is also the default."""
    return LONGEST_ADMIN_LIFE if role is Role.ADMIN else LONGEST_LIFE


def is_live(token: Token, now: datetime) -> bool:
    """True if the token is neither revoked nor expired."""
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


def verify(token: Token | None, secret: str, now: datetime) -> Principal | None:
    """Returns the token's holder if `secret` is correct and the token is live, else None. Takes constant
    time.
    """
    known = token.digest if token else digest("")
    right = hmac.compare_digest(known, digest(secret))
    if token is None or not right or not is_live(token, now):
        return None
    return holder(token)


def holder(token: Token) -> Principal:
    """Returns the principal of a verified token."""
    return Principal(
        workspace_id=token.workspace_id,
        token_id=token.id,
        role=token.role,
        gates=token.gates,
        repositories=token.repositories,
        creators=token.creators,
        token_name=token.name or None,
        expires_at=token.expires_at,
    )
