"""Store of connections, in the access table.

`connection#<workspace>#<provider>#<name>` is a workspace's connection. `repository#<provider>#<name>` names
the workspace that receives the repository's webhooks; it is absent until a connection is active. So a
delivery's secret is found in one small item, before its workspace is read. `repository#<provider>#id=<id>` finds
the active connection of a repository that was renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Protocol

from pynamodb.connection import Connection as DynamoDB
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from mosaic.access.connections import Connection
from mosaic.access.errors import StaleAccess
from mosaic.storage.access import AccessItem, repository_id_key, repository_key
from mosaic.storage.dynamodb import DEFAULT_TIMEOUTS, Timeouts, bind

# The most pending connections whose secrets are tried for one delivery.
MAX_PENDING = 10
CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}


class Connections(Protocol):
    """The connections of all workspaces, as the services use them."""

    def of_repository(self, provider: str, name: str) -> tuple[Connection, ...]:
        """Returns the active connection of the repository (strongly consistent). Without one, returns at most
        MAX_PENDING pending ones; those less than a second old may be missing.
        """

    def of_repository_id(self, provider: str, repository_id: int) -> Connection | None:
        """Returns the active connection of the repository with this id (strongly consistent), or None."""

    def of_workspace(self, workspace_id: str, limit: int) -> tuple[Connection, ...]:
        """Returns at most `limit` connections of the workspace, by provider and name. One that is less than a
        second old may be missing.
        """

    def get(self, workspace_id: str, provider: str, name: str) -> Connection | None:
        """Returns the workspace's connection (strongly consistent), or None."""

    def add(self, connection: Connection) -> None:
        """Stores a new connection. Raises StaleAccess if the workspace has one to this repository."""

    def replace(self, before: Connection, after: Connection) -> None:
        """Replaces a stored connection, also under another name. An active one also becomes the repository's.

        Raises StaleAccess if `before` is not the stored connection, if the workspace has another one of the new
        name, or if another workspace has the repository or its id.
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

    def of_repository_id(self, provider: str, repository_id: int) -> Connection | None:
        """See `Connections.of_repository_id`."""
        return self._get(repository_id_key(provider, repository_id))

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
        with self._transaction() as writing:
            self._save(writing, connection, self._items.access_key.does_not_exist())

    def replace(self, before: Connection, after: Connection) -> None:
        """See `Connections.replace`."""
        is_stored: Condition = self._items.value == _value(before)
        is_renamed = before.name.lower() != after.name.lower()
        kept = {item.access_key for item in self._active_items(after)}
        with self._transaction() as writing:
            for item in self._active_items(before):
                if item.access_key not in kept:
                    writing.delete(item, self._free(before))
            if is_renamed:
                writing.delete(self._connection_item(before), is_stored)
                is_stored = self._items.access_key.does_not_exist()
            self._save(writing, after, is_stored)

    def remove(self, connection: Connection) -> None:
        """See `Connections.remove`."""
        with self._transaction() as writing:
            for item in self._active_items(connection):
                writing.delete(item, self._free(connection))
            writing.delete(self._connection_item(connection), self._items.value == _value(connection))

    @contextmanager
    def _transaction(self) -> Iterator[TransactWrite]:
        """Raises StaleAccess if a condition of the transaction does not hold."""
        try:
            with TransactWrite(connection=self._connection) as writing:
                yield writing
        except TransactWriteError as error:
            raise _refusal(error) from error

    def _save(self, writing: TransactWrite, connection: Connection, condition: Condition) -> None:
        for item in self._active_items(connection):
            writing.save(item, self._free(connection))
        writing.save(self._connection_item(connection), condition)

    def _free(self, connection: Connection) -> Condition:
        """The repository has no workspace, or this one."""
        is_own = self._items.workspace_id == connection.workspace_id
        is_free: Condition = self._items.access_key.does_not_exist() | is_own
        return is_free

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

    def _active_items(self, connection: Connection) -> tuple[AccessItem, ...]:
        """Returns the items by which deliveries find an active connection; none for a pending one."""
        if connection.status != "active":
            return ()
        keys = [repository_key(connection.provider, connection.name)]
        if connection.repository_id is not None:
            keys.append(repository_id_key(connection.provider, connection.repository_id))
        value = _value(connection)
        return tuple(self._items(key, workspace_id=connection.workspace_id, value=value) for key in keys)

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
