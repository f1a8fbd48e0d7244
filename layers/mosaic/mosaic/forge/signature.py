"""Proof that a delivery comes from whoever shares the secret: HMAC-SHA256 over the raw bytes of the body."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from mosaic.forge.errors import SignatureError
from mosaic.forge.intent import Provider

TOLERANCE_SECONDS = 300
"""How far the bot's signed timestamp may lie from now, in both directions."""

_HEADERS: dict[Provider, tuple[str, str]] = {
    "github": ("x-hub-signature-256", "sha256="),
    "gitea": ("x-gitea-signature", ""),
    "mosaic": ("x-mosaic-signature", "sha256="),
}
_TIMESTAMP_HEADER = "x-mosaic-timestamp"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNIX_SECONDS = re.compile(r"[0-9]{1,12}")


def verify(
    provider: Provider, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: float
) -> None:
    """Return when `body` is signed with one of `secrets` (several while one is being replaced).

    `headers` may be spelt in any case, `body` is what was sent before any decoding of its text, `now` is in
    unix seconds and only matters to the bot's form, the only one that signs a timestamp.
    Raises SignatureError; an empty secret proves nothing and is passed over.
    """
    keys = [secret.encode() for secret in secrets if secret]
    if not keys:
        raise SignatureError("no_secret")
    found = {name.lower(): value for name, value in headers.items()}
    claimed = _claimed_digest(provider, found)
    signed = body
    if provider == "mosaic":
        signed = _with_timestamp(_fresh_timestamp(found, now), body)
    matches = [hmac.compare_digest(_hmac(key, signed), claimed) for key in keys]
    if not any(matches):
        raise SignatureError("wrong_signature")


def sign(provider: Provider, body: bytes, secret: str, timestamp: int = 0) -> dict[str, str]:
    """Return the headers that `verify` accepts for `body`; `timestamp` (unix seconds) is the bot form's."""
    name, prefix = _HEADERS[provider]
    if provider != "mosaic":
        return {name: prefix + _hmac(secret.encode(), body).decode()}
    signed = _with_timestamp(str(timestamp), body)
    return {name: prefix + _hmac(secret.encode(), signed).decode(), _TIMESTAMP_HEADER: str(timestamp)}


def fingerprint(headers: Mapping[str, str], body: bytes) -> str:
    """Return a digest of what the bot signed, the same for a replay and for nothing else."""
    found = {name.lower(): value for name, value in headers.items()}
    signed = _with_timestamp(found.get(_TIMESTAMP_HEADER, ""), body)
    return hashlib.sha256(signed).hexdigest()


def _claimed_digest(provider: Provider, headers: Mapping[str, str]) -> bytes:
    name, prefix = _HEADERS[provider]
    value = headers.get(name, "")
    # Gitea without a secret sends the header empty, and "sha256=" where GitHub's form is asked for.
    if value in ("", prefix):
        raise SignatureError("missing_signature")
    digest = value.removeprefix(prefix)
    if not value.startswith(prefix) or not _DIGEST.fullmatch(digest):
        raise SignatureError("malformed_signature")
    return digest.encode("ascii")


def _fresh_timestamp(headers: Mapping[str, str], now: float) -> str:
    value = headers.get(_TIMESTAMP_HEADER, "")
    if not value:
        raise SignatureError("missing_timestamp")
    if not _UNIX_SECONDS.fullmatch(value):
        raise SignatureError("malformed_timestamp")
    if abs(now - int(value)) > TOLERANCE_SECONDS:
        raise SignatureError("stale_timestamp")
    return value


def _with_timestamp(timestamp: str, body: bytes) -> bytes:
    return timestamp.encode() + b"." + body


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).hexdigest().encode("ascii")
