"""Converts the filters of a request into a query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from api.drafts import invalid_field
from api.wiring import ApiServices
from mosaic.access.model import Principal
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.states import JobStatus


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The filters of a request by their names in the API; see `JobQuery`."""

    status: Collection[JobStatus] | None = None
    type: str | None = None
    agent_task_id: str | None = None
    repository: str | None = None
    issue: int | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None


def job_query(deps: ApiServices, caller: Principal, filters: Filters, field: str = "") -> JobQuery:
    """Return the query for the caller's jobs. `field` is the path of the filters in the request, as
    `filter.`.

    The workspace is read only if its types decide where to search. Raises Problem (422) for an issue without
    a repository.
    """
    if filters.issue is not None and filters.repository is None:
        raise invalid_field(f"{field}issue", "requires `repository`")
    by_status = bool(filters.status) and filters.type is None
    return JobQuery(
        workspace_id=caller.workspace_id,
        types=deps.workspaces.now(caller.workspace_id).all_types if by_status else (),
        status=frozenset(filters.status or ()),
        type=filters.type,
        agent_task_id=filters.agent_task_id,
        repository=filters.repository,
        issue=filters.issue,
        actor=filters.actor,
        since=filters.since,
        until=filters.until,
        updated_since=filters.updated_since,
        as_of=deps.clock(),
    )
