"""Secrets, cached for a minute, so that a flood of bad signatures does not call the secret store.

Powertools has such a cache, but importing it takes longer than the rest of a cold start.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAX_AGE = 60
"""The longest time that a secret is cached, in seconds."""


class SecretUnavailable(Exception):
    """The secret cannot be read, or is not a JSON object."""


def valid_values(secret: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Returns the values of a member that are valid now: its own, and during a rotation the previous one.

    The previous value of `callbackKey` is the member `previousCallbackKey`. Raises SecretUnavailable if there
    is no value.
    """
    names = (name, f"previous{name[0].upper()}{name[1:]}")
    values = tuple(str(secret[one]) for one in names if secret.get(one))
    if not values:
        raise SecretUnavailable(f"the secret has no {name}")
    return values


class Secrets(Protocol):
    """The secret store, as the services use it."""

    def get(self, secret_id: str) -> dict[str, Any]:
        """Returns the secret's JSON object, at most MAX_AGE old. Raises SecretUnavailable."""


class SecretWriter(Protocol):
    """The secret store, for those that may create secrets and cannot read them."""

    def create(self, secret_id: str, values: Mapping[str, str]) -> None:
        """Stores a new secret. Raises SecretUnavailable."""

    def delete(self, secret_id: str) -> None:
        """Deletes a secret, if it exists. Raises SecretUnavailable."""


class SecretStore:
    """Secrets in AWS Secrets Manager."""

    def __init__(self, client: SecretsManagerClient, seconds: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._seconds = seconds
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    def get(self, secret_id: str) -> dict[str, Any]:
        """See `Secrets.get`."""
        now = self._seconds()
        read_at, value = self._known.get(secret_id, (0.0, {}))
        if not value or now >= read_at + MAX_AGE:
            value = self._read(secret_id)
            self._known[secret_id] = (now, value)
        return value

    def create(self, secret_id: str, values: Mapping[str, str]) -> None:
        """See `SecretWriter.create`."""
        try:
            self._client.create_secret(Name=secret_id, SecretString=json.dumps(values))
        except (BotoCoreError, ClientError) as error:
            raise SecretUnavailable(f"{secret_id} cannot be created: {_code(error)}") from error

    def delete(self, secret_id: str) -> None:
        """See `SecretWriter.delete`."""
        try:
            self._client.delete_secret(SecretId=secret_id, ForceDeleteWithoutRecovery=True)
        except self._client.exceptions.ResourceNotFoundException:
            return
        except (BotoCoreError, ClientError) as error:
            raise SecretUnavailable(f"{secret_id} cannot be deleted: {_code(error)}") from error

    def _read(self, secret_id: str) -> dict[str, Any]:
        try:
            value = json.loads(self._client.get_secret_value(SecretId=secret_id)["SecretString"])
        except (BotoCoreError, ClientError, ValueError) as error:
            raise SecretUnavailable(f"{secret_id} cannot be read: {_code(error)}") from error
        if not isinstance(value, dict):
            raise SecretUnavailable(f"{secret_id} is not a JSON object")
        return value


def _code(error: Exception) -> str:
    """Returns the code of an error of AWS, or its type."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
