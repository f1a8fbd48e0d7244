"""Routes that list, approve and deny jobs that wait for approval."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from api import cursors
from api.context import parse_job_id, principal, services
from api.parameters import DIGITS
from api.schemas.approvals import ApprovalPage, ApproveJob, DenyJob, WaitingJob
from mosaic.edge.http import JSON
from mosaic.jobs.model import JobView
from mosaic.jobs.states import Waiting

router = APIGatewayHttpRouter()


@router.get("/approvals")
def page(
    limit: Annotated[int, Field(ge=1, le=100), DIGITS, Query()] = 25,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> ApprovalPage:
    """List the jobs that wait for approval, most urgent first."""
    caller = principal(router)
    queue = cursors.WaitQueueCursor(caller.workspace_id, Waiting.APPROVAL)
    after = queue.decode(cursor) if cursor else None
    jobs = services(router).jobs.waiting(caller.workspace_id, Waiting.APPROVAL, limit + 1, after)
    items = jobs[:limit]
    next_cursor = queue.encode(items[-1].queue_position) if len(jobs) > limit else None
    return ApprovalPage(items=tuple(WaitingJob.of(job) for job in items), cursor=next_cursor)


@router.post("/runner-jobs/<job_id>/approve")
def approve(job_id: str, request: ApproveJob) -> Response[JobView]:
    """Approve a job that waits for approval."""
    return _answer(job_id, request, 202)


@router.post("/runner-jobs/<job_id>/deny")
def deny(job_id: str, request: DenyJob) -> Response[JobView]:
    """Deny a job that waits for approval; the job fails."""
    return _answer(job_id, request, 200)


def _answer(job_id: str, request: DenyJob, status: int) -> Response[JobView]:
    caller = principal(router)
    answer = request.answer(caller.actor, caller.creators)
    job, changed = services(router).approvals.answer(caller.workspace_id, parse_job_id(job_id), answer)
    return Response(status if changed else 200, JSON, job.view())
