"""The authorizer's environment variables."""

from mosaic.access.issuer import IssuerSettings


class Settings(IssuerSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    The OpenClaw secret holds `callbackKey`, which also signs the tokens of runs.
    """

    access_table: str
    openclaw_secret_id: str
