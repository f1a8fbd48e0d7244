"""Authentication by JWTs of an OIDC issuer."""

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

# The largest accepted difference between the issuer's clock and ours.
LEEWAY_SECONDS = 30
MAX_CHARACTERS = 8192
_WORKSPACE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Trust:
    """The trusted issuer, the audience of its tokens, and the claims with workspace and role."""

    issuer: str
    audience: str
    workspace_claim: str
    role_claim: str


def principal(bearer: str, trust: Trust, keys: IssuerKeys, now: datetime) -> Principal | None:
    """Returns the principal of a JWT; None if the JWT is invalid or names no valid workspace, role and
    subject.

    Only RS256 and ES256 are accepted. `exp`, `iss`, `aud` and `sub` are required; `nbf` and `iat` are checked
    if present.
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

    # Unknown headers are ignored, as RFC 7515 says; unknown critical headers are refused.
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
    """Returns the time of an `exp`; None if it is beyond the calendar, which means never."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
