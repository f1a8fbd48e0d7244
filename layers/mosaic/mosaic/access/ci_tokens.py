"""Verification of the OIDC tokens of CI systems."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from mosaic.access.ci_issuers import CiClaims, claims_of, named_issuer
from mosaic.access.jwks import IssuerKeys
from mosaic.access.oidc import verified_claims


def verify(bearer: str, keys: Mapping[str, IssuerKeys], now: datetime) -> CiClaims | None:
    """Returns the claims of a valid token of one of the issuers in `keys`, for any audience; None for others.

    The rules for signature, times, type and audiences are those of `mosaic.access.oidc.verified_claims`.
    """
    issuer = named_issuer(bearer)
    if issuer is None or issuer not in keys:
        return None
    claims = verified_claims(bearer, issuer, None, keys[issuer], now)
    return claims_of(claims, datetime.fromtimestamp(claims["exp"], UTC)) if claims else None
