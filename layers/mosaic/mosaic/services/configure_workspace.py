"""Configure a workspace: save an admin's changes unless another admin saved first."""

from __future__ import annotations

from mosaic.access.errors import StaleAccess
from mosaic.access.model import Workspace
from mosaic.storage.access import Access


def current_workspace(access: Access, workspace_id: str) -> Workspace:
    """Returns the stored workspace, or one with default settings when none is stored."""
    return access.workspace(workspace_id) or Workspace(id=workspace_id)


def configure(access: Access, known: Workspace, version: int, wanted: Workspace) -> Workspace:
    """Changes the workspace from `known` to `wanted`; returns it with its new version.

    `version` is the version that the caller has read. A request that changes nothing succeeds with any
    version: its first response may have been lost. Raises StaleAccess when `version` is not the present one,
    and the errors of `Access.configure`.
    """
    retired = {*known.all_types} - set(wanted.job_types)
    after = wanted.model_copy(update={"version": known.version + 1, "retired_types": tuple(sorted(retired))})
    if after.model_copy(update={"version": known.version}) == known:
        return known
    if version != known.version:
        raise StaleAccess(f"the workspace is at version {known.version}; read it again")
    access.configure(known, after)
    return after
