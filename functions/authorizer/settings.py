"""The authorizer's environment variables."""

from mosaic.access.issuer import IssuerSettings


class Settings(IssuerSettings):
    """Read once; a missing variable raises pydantic.ValidationError that names it.

    The run-token secret holds `runTokenKey`, which signs the tokens of runs.
    """

    access_table: str
    run_token_secret_id: str
