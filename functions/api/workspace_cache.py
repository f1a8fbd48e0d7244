"""The configuration that a request is checked against, remembered for a while so that creating costs no read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.access.model import Workspace
from mosaic.storage.access import Access

MAX_AGE = timedelta(seconds=30)
MOST = 1000


class Workspaces:
    """Workspaces; one that was never configured has the defaults. Remembers the latest MOST of them."""

    def __init__(self, access: Access, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._clock = clock
        self._known: dict[str, tuple[Workspace, datetime]] = {}

    def now(self, workspace_id: str) -> Workspace:
        """The workspace as it is; what is remembered of it is that from now on."""
        asked = self._clock()
        found = self._access.workspace(workspace_id) or Workspace(id=workspace_id)
        self._known.pop(workspace_id, None)
        self._known[workspace_id] = (found, asked)
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return found

    def with_type(self, workspace_id: str, type: str) -> Workspace:
        """The workspace at most MAX_AGE ago; as it is now if it had no job type `type` then.

        So a new type can be used at once everywhere. One that was just removed, or whose profile was just changed, may
        be taken as it was for MAX_AGE: the stitcher decides by the workspace as it is.
        """
        known, asked = self._known.get(workspace_id, (None, None))
        if known and asked and self._clock() - asked < MAX_AGE and type in known.job_types:
            return known
        return self.now(workspace_id)
