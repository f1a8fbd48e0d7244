"""Connections: the repositories whose webhooks a workspace receives, each with a secret of its own. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from mosaic.access.errors import AccessProblem
from mosaic.base import Timestamp, Value
from mosaic.forge.intent import Provider

ConnectionStatus = Literal["pending", "active"]

# After a rotation, the previous secret is valid for this long.
PREVIOUS_SECRET_LIFE = timedelta(days=7)


class Connection(Value):
    """A workspace's claim on a repository.

    It is `pending` until a delivery arrives that is signed with one of its secrets, then `active`. Several
    workspaces may have a pending connection to a repository; one has the active connection. `secret_ids`
    name the secrets, the newest first. `repository_id` is the forge's id of the repository, once known.
    """

    workspace_id: str
    provider: Provider
    name: str
    status: ConnectionStatus = "pending"
    secret_ids: tuple[str, ...]
    repository_id: int | None = None
    created_at: Timestamp
    created_by: str
    rotated_at: Timestamp | None = None
    activated_at: Timestamp | None = None

    def valid_secret_ids(self, now: datetime) -> tuple[str, ...]:
        """Returns the secrets that sign deliveries now: the newest, and for some days the previous one."""
        is_rotating = self.rotated_at is not None and now < self.rotated_at + PREVIOUS_SECRET_LIFE
        return self.secret_ids[: 2 if is_rotating else 1]


class AlreadyConnected(AccessProblem):
    """The workspace has a connection to the repository."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the workspace has a connection to {name}; delete it first, or rotate its secret")


class ConnectionNotFound(AccessProblem):
    """The workspace has no connection to the repository."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the workspace has no connection to {name}")


class TooManyConnections(AccessProblem):
    """The workspace has the maximum number of connections."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a workspace has at most {limit} connections; delete one first")


class RepositoryNotAllowed(AccessProblem):
    """The operator does not let the workspace use the repository."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the operator's repositoryCeiling of this workspace does not include {name}")


class RepositoryNotConnected(AccessProblem):
    """The job names a repository that its workspace has not connected."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the workspace has no active connection to {name}")


def covers(ceiling: tuple[str, ...] | None, provider: str, name: str) -> bool:
    """Returns True if the ceiling includes the repository.

    Entries are `provider:owner/name`, `provider:owner/*` or `provider:*`; None includes each repository.
    """
    if ceiling is None:
        return True
    owner = name.lower().partition("/")[0]
    entries = {entry.lower() for entry in ceiling}
    return bool(entries & {f"{provider}:{name.lower()}", f"{provider}:{owner}/*", f"{provider}:*"})
