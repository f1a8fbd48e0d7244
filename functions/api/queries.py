"""From what a caller wants listed to a query of the store."""

from __future__ import annotations

from collections.abc import Collection

from api.wiring import ApiServices
from mosaic.access.model import Principal
from mosaic.jobs.query import JobQuery
from mosaic.jobs.states import JobStatus


def query(
    at: ApiServices,
    caller: Principal,
    status: Collection[JobStatus],
    type: str | None,
    agent_task_id: str | None,
) -> JobQuery:
    """The caller's jobs that pass these filters. The workspace is read where only its types say where to look."""
    by_status_alone = bool(status) and type is None and agent_task_id is None
    types = at.workspaces.now(caller.workspace_id).all_types if by_status_alone else ()
    return JobQuery(
        workspace_id=caller.workspace_id,
        types=types,
        status=frozenset(status),
        type=type,
        agent_task_id=agent_task_id,
    )
