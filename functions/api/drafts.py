"""Converts job requests into drafts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from api.context import parse_job_id
from api.schemas.jobs import JobRequest
from api.wiring import ApiServices
from mosaic.access.connections import RepositoryNotConnected
from mosaic.access.model import Principal, Workspace
from mosaic.edge.problem import FieldError, Problem
from mosaic.jobs.model import Draft
from mosaic.jobs.value_objects import Source


def require_connected(
    deps: ApiServices, workspace_id: str, repository: str | None, repository_id: str | None = None
) -> None:
    """Raises RepositoryNotConnected for a repository whose webhooks the workspace does not receive."""
    if repository is not None and not deps.repositories.has(workspace_id, repository, repository_id):
        raise RepositoryNotConnected(repository)


def require_retryable_repository(deps: ApiServices, caller: Principal, job_id: str) -> None:
    """Raises RepositoryNotConnected for a job whose repository is not connected any more."""
    job = deps.jobs.get(caller.workspace_id, parse_job_id(job_id))
    if job is not None:
        require_connected(deps, caller.workspace_id, job.repository, job.repository_id)


def draft(
    request: JobRequest,
    type: str,
    kind: Literal["api", "dispatch"],
    caller: Principal,
    workspace: Workspace,
    run_at: datetime | None = None,
) -> Draft:
    """Returns the draft of the requested job; raises Problem (422) for a type that the workspace does not
    have.
    """
    job_type = workspace.job_types.get(type)
    if job_type is None:
        raise invalid_field("type", f"must be one of {', '.join(sorted(workspace.job_types))}")
    return Draft(
        workspace_id=workspace.id,
        type=type,
        profile=request.profile or job_type.profile,
        instructions=request.instructions,
        repository=request.repository,
        branch=request.branch,
        paths=request.paths,
        issue_number=request.issue_number,
        agent_task_id=request.agent_task_id,
        priority=request.priority,
        max_attempts=request.max_attempts,
        timeout_seconds=request.timeout_seconds,
        run_at=run_at,
        source=Source(kind=kind, actor=caller.actor, role=caller.requester_role),
        requested_capabilities=tuple(dict.fromkeys((*job_type.capabilities, *request.capabilities))),
    )


def invalid_field(field: str, message: str) -> Problem:
    """Returns the problem of a well-formed field with a value that is not allowed."""
    return Problem(422, "invalid_request", f"{field} {message}", (FieldError(field, message),))
