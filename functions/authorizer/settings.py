"""What the authorizer is told by its environment."""

from mosaic.access.issuer import IssuerSettings


class Settings(IssuerSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    The OpenClaw secret holds `callbackKey`, that signs the tokens of runs too.
    """

    access_table: str
    openclaw_secret_id: str
