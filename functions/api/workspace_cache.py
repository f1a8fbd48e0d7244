"""Caches of workspaces and connected repositories, so that creating a job reads no configuration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.access.model import PROVIDERS, Workspace
from mosaic.storage.access import Access

MAX_AGE = timedelta(seconds=30)
MAX_CACHED = 1000


class Workspaces:
    """Reads and caches the latest MAX_CACHED workspaces. An unconfigured workspace has the defaults."""

    def __init__(self, access: Access, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._clock = clock
        self._cache: dict[str, tuple[Workspace, datetime]] = {}

    def now(self, workspace_id: str) -> Workspace:
        """Returns the current workspace, and cache it."""
        read_at = self._clock()
        workspace = self._access.workspace(workspace_id) or Workspace(id=workspace_id)
        self._cache.pop(workspace_id, None)
        self._cache[workspace_id] = (workspace, read_at)
        if len(self._cache) > MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        return workspace

    def with_type(self, workspace_id: str, type: str) -> Workspace:
        """Returns the workspace, at most MAX_AGE old; read it if the cached one lacks the job type.

        So new types work at once. A removed type or a changed profile may be accepted for MAX_AGE; the
        stitcher decides by the current workspace.
        """
        workspace, read_at = self._cache.get(workspace_id, (None, None))
        if workspace and read_at and self._clock() - read_at < MAX_AGE and type in workspace.job_types:
            return workspace
        return self.now(workspace_id)


class ConnectedRepositories:
    """Caches the latest MAX_CACHED repositories that a workspace has connected."""

    def __init__(self, access: Access, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._clock = clock
        self._cache: dict[tuple[str, str, str | None], datetime] = {}

    def has(self, workspace_id: str, repository: str, repository_id: str | None = None) -> bool:
        """Returns True if the workspace receives the repository's webhooks.

        A new connection counts at once. A deleted one may count for MAX_AGE; the stitcher checks the
        connection again.
        """
        key, now = (workspace_id, repository.lower(), repository_id), self._clock()
        read_at = self._cache.pop(key, None)
        if read_at is None or now - read_at >= MAX_AGE:
            if not self._access.is_connected(workspace_id, repository, PROVIDERS, repository_id):
                return False
            read_at = now
        self._cache[key] = read_at
        if len(self._cache) > MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        return True
