"""The connections in memory, beside the access table in memory."""

from __future__ import annotations

from mosaic.access.connections import Connection
from mosaic.access.errors import StaleAccess
from mosaic.storage.connections import MAX_PENDING
from tests.fakes.storage.access import FakeAccess

Key = tuple[str, str, str]


class FakeConnections:
    """`Connections` over a dictionary; the repositories' workspaces are those of `access`."""

    def __init__(self, access: FakeAccess) -> None:
        self._access = access
        self._stored: dict[Key, Connection] = {}

    def of_repository(self, provider: str, name: str) -> tuple[Connection, ...]:
        """See `Connections.of_repository`."""
        found = [one for one in self._stored.values() if _repository(one) == (provider, name.lower())]
        active = tuple(one for one in found if one.status == "active")
        newest = sorted(found, key=lambda one: one.workspace_id, reverse=True)
        return active or tuple(newest[:MAX_PENDING])

    def of_repository_id(self, provider: str, repository_id: int) -> Connection | None:
        """See `Connections.of_repository_id`."""
        wanted = (provider, repository_id)
        active = (one for one in self._stored.values() if one.status == "active")
        return next((one for one in active if (one.provider, one.repository_id) == wanted), None)

    def of_workspace(self, workspace_id: str, limit: int) -> tuple[Connection, ...]:
        """See `Connections.of_workspace`."""
        found = [one for one in self._stored.values() if one.workspace_id == workspace_id]
        return tuple(sorted(found, key=_repository)[:limit])

    def get(self, workspace_id: str, provider: str, name: str) -> Connection | None:
        """See `Connections.get`."""
        return self._stored.get((workspace_id, provider, name.lower()))

    def add(self, connection: Connection) -> None:
        """See `Connections.add`."""
        if _key(connection) in self._stored:
            raise StaleAccess("it is connected")
        self._write(connection)

    def replace(self, before: Connection, after: Connection) -> None:
        """See `Connections.replace`."""
        self._check(before)
        if _key(before) != _key(after) and _key(after) in self._stored:
            raise StaleAccess("it is connected")
        kept = _repositories(after)
        for lost in _repositories(before):
            if lost not in kept:
                self._access.free(lost)
        self._write(after)
        if _key(before) != _key(after):
            del self._stored[_key(before)]

    def remove(self, connection: Connection) -> None:
        """See `Connections.remove`."""
        self._check(connection)
        for repository in _repositories(connection):
            self._access.free(repository)
        del self._stored[_key(connection)]

    def _write(self, connection: Connection) -> None:
        for repository in _repositories(connection):
            self._access.take(repository, connection.workspace_id)
            self._access.ids.pop(repository, None)
            if connection.repository_id is not None:
                self._access.ids[repository] = str(connection.repository_id)
        self._stored[_key(connection)] = connection

    def _check(self, connection: Connection) -> None:
        if self._stored.get(_key(connection)) != connection:
            raise StaleAccess("it was changed")


def _key(connection: Connection) -> Key:
    return connection.workspace_id, connection.provider, connection.name.lower()


def _repository(connection: Connection) -> tuple[str, str]:
    return connection.provider, connection.name.lower()


def _repositories(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The name and the id of an active connection's repository; nothing for a pending one."""
    if connection.status != "active":
        return ()
    by_id = (
        () if connection.repository_id is None else ((connection.provider, f"id={connection.repository_id}"),)
    )
    return (_repository(connection), *by_id)
