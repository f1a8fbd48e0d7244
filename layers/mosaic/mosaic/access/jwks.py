"""The signing keys of an OIDC issuer, found by its discovery document and cached."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import urllib3
from aws_lambda_powertools import Logger
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

logger = Logger(child=True)

ALGORITHMS = ("RS256", "ES256")
# The keys are read again after FRESH. If the issuer is unavailable, they are used until STALE.
FRESH = timedelta(minutes=10)
STALE = timedelta(hours=1)
# The shortest time between two reads: after a success, since any client can name unknown keys, and after a
# failure.
REFRESH_EVERY = timedelta(minutes=1)
RETRY_EVERY = timedelta(seconds=5)

DISCOVERY = "/.well-known/openid-configuration"
MAX_DOCUMENT_BYTES = 256 * 1024
# The time for one document. Two are fetched within the authorizer's time limit.
DOCUMENT_SECONDS = 1.5

Fetch = Callable[[str], Any]


class IssuerUnavailable(Exception):
    """The issuer did not answer, or its answer does not follow OpenID Connect Discovery."""


@dataclass(frozen=True)
class SigningKey:
    """A public key of the issuer, and its algorithm."""

    kid: str | None
    algorithm: str
    key: RSAKey | ECKey


class IssuerKeys:
    """The cached keys of the issuer. A request for an unknown key reads them again."""

    def __init__(self, issuer: str, fetch: Fetch) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._keys: tuple[SigningKey, ...] = ()
        self._read_at: datetime | None = None
        self._next_read: datetime | None = None

    def find(self, kid: str | None, algorithm: str, now: datetime) -> SigningKey | None:
        """Returns the key with this id for this algorithm. Without an id, returns the issuer's only key for
        the algorithm.

        Returns None also if the issuer is unavailable. Reads are limited by REFRESH_EVERY, and by RETRY_EVERY
        after a failure.
        """
        if self._read_at is None or now >= self._read_at + FRESH:
            self._refresh(now)
        return self._lookup(kid, algorithm, now) or (
            self._lookup(kid, algorithm, now) if self._refresh(now) else None
        )

    def _lookup(self, kid: str | None, algorithm: str, now: datetime) -> SigningKey | None:
        if self._read_at is None or now >= self._read_at + STALE:
            return None
        candidates = [key for key in self._keys if key.algorithm == algorithm and kid in (None, key.kid)]
        return candidates[0] if len(candidates) == 1 or (candidates and kid is not None) else None

    def _refresh(self, now: datetime) -> bool:
        if self._next_read is not None and now < self._next_read:
            return False
        try:
            self._keys = signing_keys(_key_set(self._issuer, self._fetch))
        except IssuerUnavailable as error:
            logger.warning("the issuer's keys cannot be read", issuer=self._issuer, reason=str(error))
            self._next_read = now + RETRY_EVERY
            return False
        self._read_at, self._next_read = now, now + REFRESH_EVERY
        return True


def signing_keys(document: Any) -> tuple[SigningKey, ...]:
    """Returns the keys of a JWK set (RFC 7517) that can verify RS256 and ES256 signatures; others are
    omitted.

    Raises IssuerUnavailable if the document is not a JWK set.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise IssuerUnavailable("its key set has no list of keys")
    return tuple(key for key in map(_signing_key, listed) if key)


def _signing_key(jwk: Any) -> SigningKey | None:
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
        return None
    algorithm = {"RSA": "RS256", "EC": "ES256"}.get(str(jwk.get("kty")))
    if algorithm is None or jwk.get("alg", algorithm) != algorithm:
        return None
    try:
        # The library warns of RSA keys below 2048 bits. Such keys are not accepted.
        with warnings.catch_warnings(category=SecurityWarning, action="error"):
            key = RSAKey.import_key(jwk) if algorithm == "RS256" else ECKey.import_key(jwk)
    except (JoseError, SecurityWarning, ValueError, TypeError):
        return None
    if isinstance(key, ECKey) and key.curve_name != "P-256":
        return None
    kid = jwk.get("kid")
    return SigningKey(kid if isinstance(kid, str) else None, algorithm, key)


def _key_set(issuer: str, fetch: Fetch) -> Any:
    document = fetch(issuer.rstrip("/") + DISCOVERY)
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise IssuerUnavailable("its discovery document is another issuer's")
    url = document.get("jwks_uri")
    scheme = issuer.partition(":")[0]
    if not isinstance(url, str) or not url.startswith(("https://", f"{scheme}://")):
        raise IssuerUnavailable("its discovery document has no safe URL for its keys")
    return fetch(url)


def fetch_json(pool: urllib3.PoolManager, url: str) -> Any:
    """Returns the JSON at `url`, without following redirects. Raises IssuerUnavailable.

    A stalled response is given up after half of DOCUMENT_SECONDS, a slow one after DOCUMENT_SECONDS.
    """
    until = monotonic() + DOCUMENT_SECONDS
    timeout = urllib3.Timeout(connect=DOCUMENT_SECONDS / 2, read=DOCUMENT_SECONDS / 2)
    try:
        with pool.request(
            "GET", url, timeout=timeout, retries=False, redirect=False, preload_content=False
        ) as response:
            if response.status != 200:
                raise IssuerUnavailable(f"{url} answers {response.status}")
            data = _body(response, url, until)
        return json.loads(data)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise IssuerUnavailable(f"{url} cannot be read: {error}") from error


def _body(response: urllib3.BaseHTTPResponse, url: str, until: float) -> bytes:
    data = b""
    while chunk := response.read1(MAX_DOCUMENT_BYTES):
        data += chunk
        if len(data) > MAX_DOCUMENT_BYTES or monotonic() > until:
            raise IssuerUnavailable(f"{url} is too large or too slow")
    return data
