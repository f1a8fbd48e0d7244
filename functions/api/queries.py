"""Converts the filters of a request into a query."""

from __future__ import annotations

from api.drafts import invalid_field
from api.wiring import ApiServices
from mosaic.access.model import Principal
from mosaic.jobs.job_query import MAX_STATUS_KEYS, JobFilters, JobQuery


def job_query(deps: ApiServices, caller: Principal, filters: JobFilters, field: str = "") -> JobQuery:
    """Returns the query for the caller's jobs. `field` is the path of the filters in the request, as
    `filter.`.

    The workspace is read only if its types decide where to search. Raises Problem (422) for an issue without
    a repository, and for statuses that would read too many keys.
    """
    if filters.issue is not None and filters.repository is None:
        raise invalid_field(f"{field}issue", "requires `repository`")
    by_status = bool(filters.status) and filters.type is None
    query = JobQuery(
        workspace_id=caller.workspace_id,
        types=deps.workspaces.now(caller.workspace_id).all_types if by_status else (),
        as_of=deps.clock(),
        **vars(filters),
    )
    if query.reads_too_many_keys:
        most = MAX_STATUS_KEYS // len(query.types)
        raise invalid_field(
            f"{field}status",
            f"may name at most {most} statuses, because the workspace has or had {len(query.types)} job types; "
            "name fewer, or filter by `type`, `repository`, `actor` or `agentTaskId` too",
        )
    return query
