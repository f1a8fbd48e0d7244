"""Store of connections, in the access table.

`connection#<workspace>#<provider>#<name>` is a workspace's connection. `repository#<provider>#<name>` names
the workspace that receives the repository's webhooks; it is absent until a connection is active. So a
delivery's secret is found in one small item, before its workspace is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Protocol

from pynamodb.connection import Connection as DynamoDB
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from mosaic.access.connections import Connection
from mosaic.access.errors import StaleAccess
from mosaic.storage.access import AccessItem, repository_key
from mosaic.storage.dynamodb import DEFAULT_TIMEOUTS, Timeouts, bind

# The most pending connections whose secrets are tried for one delivery.
MAX_PENDING = 10
CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}


class Connections(Protocol):
    """The connections of all workspaces, as the services use them."""

    def of_repository(self, provider: str, name: str) -> tuple[Connection, ...]:
        """Returns the active connection of the repository (strongly consistent). Without one, returns at most
        MAX_PENDING pending ones; one that is less than a second old may be missing.
        """

    def of_workspace(self, workspace_id: str, limit: int) -> tuple[Connection, ...]:
        """Returns at most `limit` connections of the workspace, by provider and name. One that is less than a
        second old may be missing.
        """

    def get(self, workspace_id: str, provider: str, name: str) -> Connection | None:
        """Returns the workspace's connection (strongly consistent), or None."""

    def add(self, connection: Connection) -> None:
        """Stores a new connection. Raises StaleAccess if the workspace has one to this repository."""

    def replace(self, before: Connection, after: Connection) -> None:
        """Replaces a stored connection. An active one also becomes the repository's.

        Raises StaleAccess if `before` is not the stored connection, or if another workspace has the
        repository.
        """

    def remove(self, connection: Connection) -> None:
        """Removes the connection; the repository is then free for others.

        Raises StaleAccess if `connection` is not the stored one.
        """


class ConnectionStore:
    """Connections in DynamoDB."""

    def __init__(self, table: str, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        self._items = bind(AccessItem, table, timeouts)
        self._timeouts = timeouts

    def of_repository(self, provider: str, name: str) -> tuple[Connection, ...]:
        """See `Connections.of_repository`."""
        key = repository_key(provider, name)
        active = self._get(key)
        if active:
            return (active,)
        items = self._items.by_repository.query(key, scan_index_forward=False, page_size=MAX_PENDING)
        keys = [item.access_key for item in islice(items, MAX_PENDING)]
        found = _connections(self._items.batch_get(keys, consistent_read=True))
        return tuple(sorted(found, key=lambda one: one.workspace_id, reverse=True))

    def of_workspace(self, workspace_id: str, limit: int) -> tuple[Connection, ...]:
        """See `Connections.of_workspace`."""
        items = self._items.by_workspace.query(
            workspace_id, self._items.access_key.startswith("connection#"), page_size=limit
        )
        keys = [item.access_key for item in islice(items, limit)]
        found = tuple(_connections(self._items.batch_get(keys, consistent_read=True)))
        return tuple(sorted(found, key=lambda one: (one.provider, one.name.lower())))

    def get(self, workspace_id: str, provider: str, name: str) -> Connection | None:
        """See `Connections.get`."""
        return self._get(_key(workspace_id, provider, name))

    def add(self, connection: Connection) -> None:
        """See `Connections.add`."""
        self._write(connection, self._items.access_key.does_not_exist())

    def replace(self, before: Connection, after: Connection) -> None:
        """See `Connections.replace`."""
        self._write(after, self._items.value == _value(before))

    def remove(self, connection: Connection) -> None:
        """See `Connections.remove`."""
        value = _value(connection)
        try:
            with TransactWrite(connection=self._connection) as writing:
                if connection.status == "active":
                    writing.delete(self._repository_item(connection), self._free(connection))
                writing.delete(self._connection_item(connection), self._items.value == value)
        except TransactWriteError as error:
            raise _refusal(error) from error

    def _write(self, connection: Connection, condition: Condition) -> None:
        try:
            with TransactWrite(connection=self._connection) as writing:
                if connection.status == "active":
                    writing.save(self._repository_item(connection), self._free(connection))
                writing.save(self._connection_item(connection), condition)
        except TransactWriteError as error:
            raise _refusal(error) from error

    def _free(self, connection: Connection) -> Condition:
        """The repository has no workspace, or this one."""
        return self._items.access_key.does_not_exist() | (self._items.workspace_id == connection.workspace_id)

    def _get(self, key: str) -> Connection | None:
        try:
            item = self._items.get(key, consistent_read=True)
        except self._items.DoesNotExist:
            return None
        return next(_connections([item]), None)

    def _connection_item(self, connection: Connection) -> AccessItem:
        repository = repository_key(connection.provider, connection.name)
        return self._items(
            _key(connection.workspace_id, connection.provider, connection.name),
            workspace_id=connection.workspace_id,
            repository=repository if connection.status == "pending" else None,
            value=_value(connection),
        )

    def _repository_item(self, connection: Connection) -> AccessItem:
        return self._items(
            repository_key(connection.provider, connection.name),
            workspace_id=connection.workspace_id,
            value=_value(connection),
        )

    @cached_property
    def _connection(self) -> DynamoDB:
        return DynamoDB(
            connect_timeout_seconds=self._timeouts.connect,
            read_timeout_seconds=self._timeouts.read,
            max_retry_attempts=self._timeouts.retries,
        )


def _connections(items: Iterable[AccessItem]) -> Iterator[Connection]:
    """Yields the connections in the items. A repository without a secret of its own has none."""
    return (Connection.model_validate_json(item.value) for item in items if item.value)


def _value(connection: Connection) -> str:
    return connection.model_dump_json(by_alias=True, exclude_none=True)


def _key(workspace_id: str, provider: str, name: str) -> str:
    return f"connection#{workspace_id}#{provider}#{name.lower()}"


def _refusal(error: TransactWriteError) -> Exception:
    if error.cause_response_code != "TransactionCanceledException":
        return error
    codes = {reason.code for reason in error.cancellation_reasons if reason}
    return StaleAccess("the connection is being changed; read it again") if codes & CONFLICTS else error
