"""Authentication by JWTs of an OIDC issuer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
# The longest accepted time from `iat`, or from now, to `exp`.
LONGEST_LIFE = timedelta(hours=24)
# The kinds of JWTs that say who the caller is. Others, such as logout tokens, are for other purposes.
TYPES = frozenset({"jwt", "at+jwt"})
REPOSITORIES_CLAIM = "mosaic_repositories"
MAX_REPOSITORIES = 100
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

    The rules are those of `verified_claims`; `sub` is required, too.
    """
    claims = verified_claims(bearer, trust.issuer, trust.audience, keys, now)
    return _principal_of(claims, trust) if claims else None


def verified_claims(
    bearer: str, issuer: str, audience: str | None, keys: IssuerKeys, now: datetime
) -> Mapping[str, Any] | None:
    """Returns the claims of a valid JWT of the issuer; None for any other text. Without `audience`, any is valid.

    Only RS256 and ES256 are accepted. `exp`, `iss` and `aud` are required; `nbf` and `iat` are checked if
    present. A JWT is valid for at most LONGEST_LIFE. Its `typ`, if present, is one of TYPES. If it has several
    audiences, its `azp` is ours.
    """
    if len(bearer) > MAX_CHARACTERS:
        return None
    try:
        token = _decoded(bearer, keys, now)
        _validate(token.claims, issuer, audience, now)
    except (JoseError, ValueError):
        return None
    is_ours = _has_type(token.header) and _is_short(token.claims, now) and _is_for(token.claims, audience)
    return token.claims if is_ours else None


def _decoded(bearer: str, keys: IssuerKeys, now: datetime) -> jwt.Token:
    def key(signed: GuestProtocol) -> Key:
        header = signed.headers()
        signing_key = keys.find(header.get("kid"), header["alg"], now)
        if signing_key is None:
            raise InvalidKeyIdError
        return signing_key.key

    # Unknown headers are ignored, as RFC 7515 says; unknown critical headers are refused.
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    return jwt.decode(bearer, key, registry=registry)


def _validate(claims: Mapping[str, Any], issuer: str, audience: str | None, now: datetime) -> None:
    ours: jwt.ClaimsOption = {"essential": True}
    if audience is not None:
        ours["value"] = audience
    jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        exp={"essential": True},
        iss={"essential": True, "value": issuer},
        aud=ours,
    ).validate(dict(claims))


def _has_type(header: Mapping[str, Any]) -> bool:
    kind = header.get("typ", "JWT")
    return isinstance(kind, str) and kind.lower().removeprefix("application/") in TYPES


def _is_short(claims: Mapping[str, Any], now: datetime) -> bool:
    begin = min(claims.get("iat", now.timestamp()), now.timestamp())
    return bool(claims["exp"] - begin <= LONGEST_LIFE.total_seconds() + LEEWAY_SECONDS)


def _is_for(claims: Mapping[str, Any], audience: str | None) -> bool:
    """True unless the token is for several audiences and issued to another party than ours.

    OpenID Connect Core 1.0, section 3.1.3.7.
    """
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    return not several or (audience is not None and claims.get("azp") == audience)


def _principal_of(claims: Mapping[str, Any], trust: Trust) -> Principal | None:
    workspace, role = claims.get(trust.workspace_claim), claims.get(trust.role_claim)
    subject = claims.get("sub")
    if not isinstance(workspace, str) or not _WORKSPACE.fullmatch(workspace):
        return None
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        return None
    if not isinstance(role, str) or role not in STORED_ROLES:
        return None
    return Principal(
        workspace_id=workspace,
        role=Role(role),
        subject=subject,
        repositories=_repositories(claims) if role == Role.REPORTER else (),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def _repositories(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the repositories whose jobs a reporter may report on, none without a valid claim."""
    names = claims.get(REPOSITORIES_CLAIM)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return ()
    return tuple(names[:MAX_REPOSITORIES])
