"""Sealed tokens: values in URL-safe text, authenticated with a key. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence

MAX = 1024
"""The length of the longest accepted token, in characters."""


class Forged(ValueError):
    """The token was made with none of the keys, or for another purpose."""


def seal(values: Sequence[str | int], purpose: str, key: str) -> str:
    """Returns `values` with a 256-bit HMAC over them and their purpose. Raises ValueError for an empty key."""
    body = _encode(json.dumps(values, separators=(",", ":")).encode())
    return f"{body}.{_mac(body, purpose, key)}"


def unseal(token: str, purpose: str, keys: Sequence[str]) -> list[str | int]:
    """Returns the values of a token made for this purpose with one of the keys. Several keys are valid in a
    rotation.

    Raises Forged, after a time that does not depend on the position of the difference.
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
    # A body never contains a zero byte, so purpose and body cannot be confused.
    text = purpose.encode() + b"\0" + body.encode()
    return _encode(hmac.new(key.encode(), text, hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
