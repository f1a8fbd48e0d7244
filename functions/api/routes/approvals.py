"""Routes of approvals: what waits for one, and the answers."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from api import cursors
from api.context import job_id_of, principal, services
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
    """List the jobs that wait for approval, the more urgent before the older."""
    caller, at = principal(router), services(router)
    line = cursors.Line(caller.workspace_id, Waiting.APPROVAL)
    after = line.decode(cursor) if cursor else None
    jobs = at.jobs.waiting(caller.workspace_id, Waiting.APPROVAL, limit + 1, after)
    shown = jobs[:limit]
    more = line.encode(shown[-1].queue_position) if len(jobs) > limit else None
    return ApprovalPage(items=tuple(WaitingJob.of(job) for job in shown), cursor=more)


@router.post("/runner-jobs/<job_id>/approve")
def approve(job_id: str, request: ApproveJob) -> Response[JobView]:
    """Let a job through that waits for approval."""
    return _answered(job_id, request, 202)


@router.post("/runner-jobs/<job_id>/deny")
def deny(job_id: str, request: DenyJob) -> Response[JobView]:
    """Fail a job that waits for approval."""
    return _answered(job_id, request, 200)


def _answered(job_id: str, request: DenyJob, status: int) -> Response[JobView]:
    caller = principal(router)
    said = request.answer(caller.actor)
    job, changed = services(router).approvals.answer(caller.workspace_id, job_id_of(job_id), said)
    return Response(status if changed else 200, JSON, job.view())
