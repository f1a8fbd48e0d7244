"""Sealed tokens: a few values in URL-safe text that only who holds the key can make or change. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence

MAX = 1024
"""Characters of the longest token that is looked at."""


class Forged(ValueError):
    """The token was made with none of the keys, or for another purpose."""


def seal(values: Sequence[str | int], purpose: str, key: str) -> str:
    """`values` with 256 bits of HMAC over them and what they are for; raises ValueError for an empty key."""
    body = _encode(json.dumps(values, separators=(",", ":")).encode())
    return f"{body}.{_mac(body, purpose, key)}"


def unseal(token: str, purpose: str, keys: Sequence[str]) -> list[str | int]:
    """The values that were sealed for this purpose with one of the keys, several while they are rotated.

    Raises Forged, in a time that does not depend on where the seal differs.
    """
    if not token.isascii() or len(token) > MAX:
        raise Forged("the token is not valid")
    body, _, given = token.partition(".")
    matches = [hmac.compare_digest(_mac(body, purpose, key).encode(), given.encode()) for key in keys]
    if not any(matches):
        raise Forged("the token is not valid")
    values: list[str | int] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return values


def _mac(body: str, purpose: str, key: str) -> str:
    if not key:
        raise ValueError("the key is empty")
    # No body holds the zero byte, so that no purpose and body read as another purpose and body.
    text = purpose.encode() + b"\0" + body.encode()
    return _encode(hmac.new(key.encode(), text, hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
