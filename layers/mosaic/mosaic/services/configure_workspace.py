"""Configure: a workspace is changed by those who administer it."""

from __future__ import annotations

from mosaic.access.errors import StaleAccess
from mosaic.access.model import Workspace
from mosaic.storage.access import Access


def configure(access: Access, known: Workspace, version: int, wanted: Workspace) -> Workspace:
    """The workspace after it was changed from `known` to `wanted` by somebody who had seen `version` of it.

    What is so already is not changed, whatever version was seen: a change whose answer was lost may be sent again.
    Raises StaleAccess when that is not the present version, and whatever `Access.configure` raises.
    """
    gone = {*known.all_types} - set(wanted.job_types)
    after = wanted.model_copy(update={"version": known.version + 1, "retired_types": tuple(sorted(gone))})
    if after.model_copy(update={"version": known.version}) == known:
        return known
    if version != known.version:
        raise StaleAccess(f"the workspace is at version {known.version}; look at it again")
    access.configure(known, after)
    return after
