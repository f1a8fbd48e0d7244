"""The secret store in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mosaic.storage.secrets import SecretUnavailable


class FakeSecrets:
    """`Secrets` over a dictionary. Other secrets cannot be read."""

    def __init__(self, held: Mapping[str, dict[str, Any]]) -> None:
        self._held = dict(held)

    def get(self, secret_id: str) -> dict[str, Any]:
        """See `Secrets.get`."""
        if secret_id not in self._held:
            raise SecretUnavailable(f"there is no secret {secret_id}")
        return self._held[secret_id]

    def create(self, secret_id: str, values: Mapping[str, str]) -> None:
        """See `SecretWriter.create`."""
        if secret_id in self._held:
            raise SecretUnavailable(f"there is a secret {secret_id}")
        self._held[secret_id] = dict(values)

    def delete(self, secret_id: str) -> None:
        """See `SecretWriter.delete`."""
        self._held.pop(secret_id, None)
