"""Secrets by name, kept for a minute: a flood of bad signatures costs no call to the secret store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from aws_lambda_powertools.utilities.parameters import SecretsProvider

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAX_AGE = 60


class Secrets(Protocol):
    """What the flows need of the secret store."""

    def get(self, secret_id: str) -> dict[str, Any]:
        """The secret's JSON object, at most a minute old; raises where it cannot be read."""


class SecretStore:
    """Secrets in AWS Secrets Manager."""

    def __init__(self, client: SecretsManagerClient) -> None:
        self._provider = SecretsProvider(boto3_client=client)

    def get(self, secret_id: str) -> dict[str, Any]:
        """See `Secrets.get`."""
        return cast("dict[str, Any]", self._provider.get(secret_id, max_age=MAX_AGE, transform="json"))
