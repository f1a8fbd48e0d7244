"""The OIDC issuer of this deployment. The JWT modules are imported with the first JWT."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Self

from pydantic import model_validator
from pydantic_settings import BaseSettings

from mosaic.access.model import Principal

JwtVerifier = Callable[[str, datetime], Principal | None]
"""Returns the principal that a JWT names at a time, or None when the JWT is not valid."""


class IssuerSettings(BaseSettings):
    """The OIDC settings of a function that accepts JWTs.

    JWTs are accepted if both the issuer and the audience are set. Setting only one is an error.
    """

    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_workspace_claim: str = "mosaic_workspace"
    oidc_role_claim: str = "mosaic_role"

    @model_validator(mode="after")
    def _has_both_or_none(self) -> Self:
        if bool(self.oidc_issuer) != bool(self.oidc_audience):
            raise ValueError("OIDC_ISSUER and OIDC_AUDIENCE belong together")
        return self


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
