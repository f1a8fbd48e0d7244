"""Authenticates deliveries with HMAC-SHA256 over the raw bytes of the body."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from mosaic.forge.errors import SignatureError
from mosaic.forge.intent import Provider

TOLERANCE_SECONDS = 300
"""The maximum difference between the bot's signed timestamp and now, in both directions."""

_HEADERS: dict[Provider, tuple[str, str]] = {
    "github": ("x-hub-signature-256", "sha256="),
    "gitea": ("x-gitea-signature", ""),
    "forgejo": ("x-forgejo-signature", ""),
    "mosaic": ("x-mosaic-signature", "sha256="),
}
_TIMESTAMP_HEADER = "x-mosaic-timestamp"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNIX_SECONDS = re.compile(r"[0-9]{1,12}")


def verify(
    provider: Provider, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: float
) -> None:
    """Raises SignatureError unless `body` is signed with one of `secrets` (several during a rotation).

    `headers` may have any case. `body` is the undecoded body. `now` is in Unix seconds and matters only for
    the bot's webhook, which signs a timestamp. Empty secrets are skipped.
    """
    keys = [secret.encode() for secret in secrets if secret]
    if not keys:
        raise SignatureError("no_secret")
    lower_case = {name.lower(): value for name, value in headers.items()}
    claimed = _claimed_digest(provider, lower_case)
    signed = body
    if provider == "mosaic":
        signed = _with_timestamp(_fresh_timestamp(lower_case, now), body)
    matches = [hmac.compare_digest(_hmac(key, signed), claimed) for key in keys]
    if not any(matches):
        raise SignatureError("wrong_signature")


def require_claim(provider: Provider, headers: Mapping[str, str], now: float) -> None:
    """Raises SignatureError unless the headers have a signature, and the bot's webhook a fresh timestamp.

    This costs nothing, so it comes before the body is decoded and before secrets are read.
    """
    lower_case = {name.lower(): value for name, value in headers.items()}
    _claimed_digest(provider, lower_case)
    if provider == "mosaic":
        _fresh_timestamp(lower_case, now)


def sign(provider: Provider, body: bytes, secret: str, timestamp: int = 0) -> dict[str, str]:
    """Returns headers that `verify` accepts for `body`; only the bot's webhook uses `timestamp` (Unix
    seconds).
    """
    name, prefix = _HEADERS[provider]
    if provider != "mosaic":
        return {name: prefix + _hmac(secret.encode(), body).decode()}
    signed = _with_timestamp(str(timestamp), body)
    return {name: prefix + _hmac(secret.encode(), signed).decode(), _TIMESTAMP_HEADER: str(timestamp)}


def fingerprint(headers: Mapping[str, str], body: bytes) -> str:
    """Returns a digest of the bot's signed bytes, equal only for a replay."""
    lower_case = {name.lower(): value for name, value in headers.items()}
    signed = _with_timestamp(lower_case.get(_TIMESTAMP_HEADER, ""), body)
    return hashlib.sha256(signed).hexdigest()


def _claimed_digest(provider: Provider, headers: Mapping[str, str]) -> bytes:
    name, prefix = _HEADERS[provider]
    value = headers.get(name, "")
    # Gitea and Forgejo without a secret send an empty header, or "sha256=" in GitHub's header.
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
