"""The OIDC issuer of this deployment, and those of CI systems. The JWT modules are imported with the first JWT."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Self

from pydantic import model_validator
from pydantic_settings import BaseSettings

from mosaic.access.ci_issuers import CiClaims, named_issuer
from mosaic.access.model import Principal

CiVerifier = Callable[[str, datetime], CiClaims | None]
"""Returns the claims of a CI's token at a time, or None when it is not valid."""

_SAFE_URL = re.compile(r"https://[^\s,]+|http://127\.0\.0\.1(:[0-9]+)?(/[^\s,]*)?")

JwtVerifier = Callable[[str, datetime], Principal | None]
"""Returns the principal that a JWT names at a time, or None when the JWT is not valid."""


class IssuerSettings(BaseSettings):
    """The OIDC settings of a function that accepts JWTs.

    JWTs are accepted if both the issuer and the audience are set. Setting only one is an error. `ci_issuers`
    are the issuers that a workspace may trust to report gates, separated by commas. Keys are fetched from no
    other.
    """

    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_workspace_claim: str = "mosaic_workspace"
    oidc_role_claim: str = "mosaic_role"
    ci_issuers: str = ""

    @model_validator(mode="after")
    def _has_both_or_none(self) -> Self:
        if bool(self.oidc_issuer) != bool(self.oidc_audience):
            raise ValueError("OIDC_ISSUER and OIDC_AUDIENCE belong together")
        return self

    @model_validator(mode="after")
    def _has_safe_ci_issuers(self) -> Self:
        for url in self.allowed_ci_issuers:
            if not _SAFE_URL.fullmatch(url):
                raise ValueError(f"CI_ISSUERS: {url} should be an https URL")
        return self

    @property
    def allowed_ci_issuers(self) -> tuple[str, ...]:
        """The issuers of CI tokens that a workspace may trust."""
        return tuple(url.strip() for url in self.ci_issuers.split(",") if url.strip())


def ci_verifier(settings: IssuerSettings) -> CiVerifier | None:
    """Returns the verifier of the tokens of the allowed CI issuers; None without any."""
    allowed = settings.allowed_ci_issuers

    @cache
    def verifier() -> CiVerifier:
        import urllib3

        from mosaic.access import ci_tokens, jwks

        pool = urllib3.PoolManager(maxsize=1)
        keys = {
            url: jwks.IssuerKeys(url, lambda document: jwks.fetch_json(pool, document)) for url in allowed
        }
        return lambda bearer, now: ci_tokens.verify(bearer, keys, now)

    def verify(bearer: str, now: datetime) -> CiClaims | None:
        return verifier()(bearer, now) if named_issuer(bearer) in allowed else None

    return verify if allowed else None


def jwt_verifier(settings: IssuerSettings) -> JwtVerifier | None:
    """Returns the verifier of the issuer's JWTs; None without an issuer."""
    if not settings.oidc_issuer:
        return None

    @cache
    def issuer() -> JwtVerifier:
        import urllib3

        from mosaic.access import jwks, oidc

        pool = urllib3.PoolManager(maxsize=1)
        keys = jwks.IssuerKeys(settings.oidc_issuer, lambda url: jwks.fetch_json(pool, url))
        trust = oidc.Trust(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            workspace_claim=settings.oidc_workspace_claim,
            role_claim=settings.oidc_role_claim,
        )
        return lambda bearer, now: oidc.principal(bearer, trust, keys, now)

    def verify(bearer: str, now: datetime) -> Principal | None:
        return issuer()(bearer, now)

    return verify
