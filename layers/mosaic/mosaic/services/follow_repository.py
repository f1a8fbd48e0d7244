"""Follow a repository: keep a connection with its repository when that is renamed, transferred or made again.

A repository is its forge's id. All changes come from authentic deliveries.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_lambda_powertools import Logger

from mosaic.access.connections import Connection, covers
from mosaic.access.errors import StaleAccess
from mosaic.storage.access import Access
from mosaic.storage.connections import Connections

logger = Logger(child=True)


@dataclass(frozen=True)
class ConnectionChanges:
    """Changes connections as signed deliveries describe their repositories."""

    access: Access
    connections: Connections

    def renamed(self, connection: Connection, name: str | None) -> str | None:
        """Gives the connection the new name of its repository; returns the workspace of the delivery.

        None if the operator does not let the workspace use a repository of that name, or if another workspace
        has the name. A connection whose new name the same workspace has connected keeps its old one: the
        repository is still found by its id.
        """
        workspace = self.access.workspace(connection.workspace_id)
        ceiling = workspace.repository_ceiling if workspace else ()
        if name is None or not covers(ceiling, connection.provider, name):
            logger.warning("a renamed repository is not allowed", workspace_id=connection.workspace_id)
            return None
        try:
            self.connections.replace(connection, connection.model_copy(update={"name": name}))
        except StaleAccess as error:
            logger.warning("a connection was not renamed", repository=connection.name, reason=str(error))
            return connection.workspace_id if self._is_free(name, connection) else None
        logger.info("connection renamed", workspace_id=connection.workspace_id, repository=name)
        return connection.workspace_id

    def _is_free(self, name: str, connection: Connection) -> bool:
        """True if no other workspace has the new name of the connection's repository."""
        repository_id = f"{connection.provider}:{connection.repository_id}"
        return self.access.is_connected(connection.workspace_id, name, (connection.provider,), repository_id)

    def with_id(self, connection: Connection, repository_id: int | None) -> Connection:
        """Returns the active connection with the id of the repository that has its name now.

        Another id means that the repository was made again under its name.
        """
        wanted = self.free_id(connection, repository_id)
        if wanted is None or wanted == connection.repository_id:
            return connection
        changed = connection.model_copy(update={"repository_id": wanted})
        try:
            self.connections.replace(connection, changed)
        except StaleAccess:
            # Another delivery changed it. The next one repeats this.
            return connection
        logger.info(
            "connection has a new repository id",
            workspace_id=connection.workspace_id,
            repository=connection.name,
        )
        return changed

    def free_id(self, connection: Connection, repository_id: int | None) -> int | None:
        """Returns the id, or None if a connection of another workspace has it: a body can claim any id."""
        if repository_id is None or repository_id == connection.repository_id:
            return repository_id
        holder = self.connections.of_repository_id(connection.provider, repository_id)
        return None if holder and holder.workspace_id != connection.workspace_id else repository_id
