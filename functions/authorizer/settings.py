"""What the authorizer is told by its environment."""

from typing import Self

from pydantic import model_validator
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    The OpenClaw secret holds `callbackKey`, that signs the tokens of runs too. JWTs are taken when an issuer and an
    audience are named; one without the other is a mistake.
    """

    access_table: str
    openclaw_secret_id: str
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_workspace_claim: str = "mosaic_workspace"
    oidc_role_claim: str = "mosaic_role"

    @model_validator(mode="after")
    def _has_both_or_none(self) -> Self:
        if bool(self.oidc_issuer) != bool(self.oidc_audience):
            raise ValueError("OIDC_ISSUER and OIDC_AUDIENCE belong together")
        return self
