"""From the filters of a request to a query of the store."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from api.drafts import invalid
from api.wiring import ApiServices
from mosaic.access.model import Principal
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.states import JobStatus


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a client asks for, under the names of the contract; see `JobQuery` for what each means."""

    status: Collection[JobStatus] | None = None
    type: str | None = None
    agent_task_id: str | None = None
    repository: str | None = None
    issue: int | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None


def query(at: ApiServices, caller: Principal, filters: Filters, field: str = "") -> JobQuery:
    """The caller's jobs that pass these filters; `field` is where in the request they are, as `filter.`.

    The workspace is read only where its types say where to look. Raises Problem (422) for an issue without its
    repository.
    """
    if filters.issue is not None and filters.repository is None:
        raise invalid(f"{field}issue", "needs the repository that it belongs to: give `repository` too")
    by_status = bool(filters.status) and filters.type is None
    return JobQuery(
        workspace_id=caller.workspace_id,
        types=at.workspaces.now(caller.workspace_id).all_types if by_status else (),
        status=frozenset(filters.status or ()),
        type=filters.type,
        agent_task_id=filters.agent_task_id,
        repository=filters.repository,
        issue=filters.issue,
        actor=filters.actor,
        since=filters.since,
        until=filters.until,
        updated_since=filters.updated_since,
        as_of=at.clock(),
    )
