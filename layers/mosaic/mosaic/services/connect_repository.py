"""Connect repositories: create, rotate and remove the connections of a workspace, with their secrets."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Callable
from datetime import datetime

from aws_lambda_powertools import Logger

from mosaic.access.connections import (
    AlreadyConnected,
    Connection,
    ConnectionNotFound,
    RepositoryNotAllowed,
    TooManyConnections,
    covers,
)
from mosaic.access.errors import StaleAccess
from mosaic.access.model import Workspace
from mosaic.forge.intent import Provider
from mosaic.storage.connections import Connections
from mosaic.storage.secrets import SecretWriter

logger = Logger(child=True)

MAX_CONNECTIONS = 500
SECRET_BYTES = 32


class RepositoryConnections:
    """The connections of workspaces. `prefix` begins the names of their secrets."""

    def __init__(
        self,
        connections: Connections,
        secrets: SecretWriter,
        prefix: str,
        clock: Callable[[], datetime],
        new_id: Callable[[datetime], str],
    ) -> None:
        self._connections = connections
        self._secrets = secrets
        self._prefix = prefix
        self._clock = clock
        self._new_id = new_id

    def of_workspace(self, workspace_id: str) -> tuple[Connection, ...]:
        """Returns all connections of the workspace, by provider and name."""
        return self._connections.of_workspace(workspace_id, MAX_CONNECTIONS)

    def connect(
        self, workspace: Workspace, provider: Provider, name: str, actor: str
    ) -> tuple[Connection, str]:
        """Returns a new pending connection and its secret, which cannot be shown again.

        Raises AlreadyConnected, RepositoryNotAllowed, and TooManyConnections. Whether another workspace has
        the repository makes no difference.
        """
        full_name = f"{provider}:{name}"
        if not covers(workspace.repository_ceiling, provider, name):
            raise RepositoryNotAllowed(full_name)
        if (provider, name.lower()) in {(one.provider, one.name.lower()) for one in workspace.repositories}:
            raise AlreadyConnected(full_name)
        if len(self.of_workspace(workspace.id)) >= MAX_CONNECTIONS:
            raise TooManyConnections(MAX_CONNECTIONS)
        secret_id, secret = self._new_secret()
        connection = Connection(
            workspace_id=workspace.id,
            provider=provider,
            name=name,
            secret_ids=(secret_id,),
            created_at=self._clock(),
            created_by=actor,
        )
        try:
            self._connections.add(connection)
        except StaleAccess as error:
            self._secrets.delete(secret_id)
            raise AlreadyConnected(full_name) from error
        logger.info("repository connected", workspace_id=workspace.id, repository=full_name, actor=actor)
        return connection, secret

    def rotate(
        self, workspace_id: str, provider: Provider, name: str, actor: str, *, retire_previous: bool = False
    ) -> tuple[Connection, str]:
        """Returns the connection with a new secret, and the secret. The previous one stays valid for
        PREVIOUS_SECRET_LIFE, or ends now with `retire_previous`.

        Raises ConnectionNotFound, and StaleAccess if the connection is being changed.
        """
        before = self._get(workspace_id, provider, name)
        secret_id, secret = self._new_secret()
        kept = () if retire_previous else before.secret_ids[:1]
        after = before.model_copy(update={"secret_ids": (secret_id, *kept), "rotated_at": self._clock()})
        try:
            self._connections.replace(before, after)
        except StaleAccess:
            self._secrets.delete(secret_id)
            raise
        for retired in before.secret_ids[len(kept) :]:
            self._secrets.delete(retired)
        logger.info(
            "secret of a connection rotated",
            workspace_id=workspace_id,
            repository=f"{provider}:{name}",
            actor=actor,
        )
        return after, secret

    def disconnect(self, workspace_id: str, provider: Provider, name: str, actor: str) -> None:
        """Removes the connection and its secrets. Raises ConnectionNotFound, and StaleAccess as `rotate`."""
        connection = self._get(workspace_id, provider, name)
        self._connections.remove(connection)
        for secret_id in connection.secret_ids:
            self._secrets.delete(secret_id)
        logger.info(
            "repository disconnected",
            workspace_id=workspace_id,
            repository=f"{provider}:{name}",
            actor=actor,
        )

    def _get(self, workspace_id: str, provider: Provider, name: str) -> Connection:
        connection = self._connections.get(workspace_id, provider, name)
        if connection is None:
            raise ConnectionNotFound(f"{provider}:{name}")
        return connection

    def _new_secret(self) -> tuple[str, str]:
        secret_id = f"{self._prefix}{self._new_id(self._clock())}"
        secret = randomness.token_hex(SECRET_BYTES)
        self._secrets.create(secret_id, {"secret": secret})
        return secret_id, secret
