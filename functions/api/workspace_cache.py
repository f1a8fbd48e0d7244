"""A cache of workspaces, so that creating a job reads no configuration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.access.model import Workspace
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
