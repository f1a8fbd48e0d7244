"""An OIDC issuer in memory: its keys, its documents, and its signed tokens."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

from mosaic.access.jwks import DISCOVERY, IssuerUnavailable

AUDIENCE = "mosaic-stitcher"


class FakeIssuer:
    """Answers `fetch` as the web would; while it is `away` it does not. `fetched` counts the calls."""

    def __init__(self, url: str = "https://issuer.test") -> None:
        self.url = url
        self.keys: dict[str, Key] = {
            "rsa": RSAKey.generate_key(2048, {"kid": "rsa"}),
            "ec": ECKey.generate_key("P-256", {"kid": "ec"}),
        }
        self.away = False
        self.fetched = 0

    def documents(self) -> dict[str, Any]:
        """Returns the published documents by path."""
        shown = [key.as_dict(private=False) for key in self.keys.values()]
        return {
            DISCOVERY: {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": shown},
        }

    def fetch(self, url: str) -> Any:
        """As mosaic.access.jwks.fetch_json."""
        self.fetched += 1
        if self.away:
            raise IssuerUnavailable("it is away")
        return json.loads(json.dumps(self.documents()[url.removeprefix(self.url)]))

    def claims(self, now: datetime, **changes: Any) -> dict[str, Any]:
        """Returns claims for ada, an admin of demo, valid for five minutes; None leaves a claim out."""
        at = int(now.timestamp())
        usual = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": at,
            "nbf": at,
            "exp": at + 300,
            "mosaic_workspace": "demo",
            "mosaic_role": "admin",
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def sign(self, claims: object, kid: str = "rsa", **header: Any) -> str:
        """A JWT over these claims, signed with the key of this name."""
        algorithm = {"RSA": "RS256", "EC": "ES256"}[self.keys[kid].key_type]
        return signed(claims, self.keys[kid], {"alg": algorithm, "kid": kid, **header})


def signed(claims: object, key: Key, header: dict[str, Any]) -> str:
    """Returns a JWT with this header, whether valid or not."""
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, registry=registry)


def compact(header: object, claims: object, sign: Callable[[bytes], bytes]) -> str:
    """Returns a token in the form of a JWT, with any header."""
    text = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
    return f"{text}.{_encoded(sign(text.encode()))}"


def unsigned(claims: object, header: object = None) -> str:
    """Returns a JWT without a signature."""
    return compact(header or {"alg": "none"}, claims, lambda _: b"")


def confused(issuer: FakeIssuer, claims: object) -> str:
    """Returns a JWT whose HMAC is keyed with the issuer's public RSA key."""
    key = issuer.keys["rsa"]
    assert isinstance(key, RSAKey)
    public = key.as_pem(private=False)
    return compact({"alg": "HS256", "kid": "rsa"}, claims, lambda text: hmac.digest(public, text, "sha256"))


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
