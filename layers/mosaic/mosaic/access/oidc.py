"""People and programs that an OIDC issuer vouches for: a JWT of the issuer becomes a principal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import GuestProtocol, Key
from joserfc.jws import JWSRegistry

from mosaic.access.jwks import ALGORITHMS, IssuerKeys
from mosaic.access.model import STORED_ROLES, Principal, Role

# How far the issuer's clock and ours may be apart.
LEEWAY_SECONDS = 30
MAX_CHARACTERS = 8192
_WORKSPACE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Trust:
    """The issuer that is believed, what its tokens have to be made for, and the claims that say who may what."""

    issuer: str
    audience: str
    workspace_claim: str
    role_claim: str


def principal(bearer: str, trust: Trust, keys: IssuerKeys, now: datetime) -> Principal | None:
    """Who the JWT is about, or None: it is not the issuer's, not for us, not valid now, or names no role here.

    RS256 and ES256 only. `exp`, `iss`, `aud` and `sub` are needed; `nbf` and `iat` are checked where they are.
    """
    if len(bearer) > MAX_CHARACTERS:
        return None
    try:
        claims = _claims(bearer, trust, keys, now)
    except (JoseError, ValueError):
        return None
    return _principal_of(claims, trust)


def _claims(bearer: str, trust: Trust, keys: IssuerKeys, now: datetime) -> Mapping[str, Any]:
    def key(signed: GuestProtocol) -> Key:
        header = signed.headers()
        signing_key = keys.find(header.get("kid"), header["alg"], now)
        if signing_key is None:
            raise InvalidKeyIdError
        return signing_key.key

    # Headers that we do not know are no reason to refuse, as RFC 7515 has it; critical ones still are.
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    token = jwt.decode(bearer, key, registry=registry)
    jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        exp={"essential": True},
        sub={"essential": True},
        iss={"essential": True, "value": trust.issuer},
        aud={"essential": True, "value": trust.audience},
    ).validate(token.claims)
    return token.claims


def _principal_of(claims: Mapping[str, Any], trust: Trust) -> Principal | None:
    workspace, role = claims.get(trust.workspace_claim), claims.get(trust.role_claim)
    subject = claims["sub"]
    if not isinstance(workspace, str) or not _WORKSPACE.fullmatch(workspace):
        return None
    if not isinstance(role, str) or role not in STORED_ROLES or not _SUBJECT.fullmatch(subject):
        return None
    return Principal(workspace_id=workspace, role=Role(role), subject=subject, expires_at=_end(claims["exp"]))


def _end(seconds: float) -> datetime | None:
    """The moment of an `exp`; None for one that no calendar has, which is as good as never."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
