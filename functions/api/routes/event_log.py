"""Routes that look after the record: is a job's log what was saved, and what was set aside."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from api.context import job_id_of, principal, services
from api.parameters import DIGITS
from api.schemas.event_log import RedriveDeadLetters, RedrivenList, RepairAccepted, RepairEvents
from mosaic.constraints import Matches
from mosaic.edge.http import JSON
from mosaic.jobs.errors import JobNotFound
from mosaic.services.verify_log import CURSOR, Verification
from mosaic.storage.repair_queue import RepairRequest

router = APIGatewayHttpRouter()

_Cursor = Annotated[
    str, Field(max_length=100), Matches(CURSOR, "the cursor of the page of this check before")
]


@router.get("/runner-jobs/<job_id>/events/verify")
def verify(
    job_id: str,
    cursor: Annotated[_Cursor | None, Query()] = None,
    limit: Annotated[int, Field(ge=1, le=2000), DIGITS, Query()] = 1000,
) -> Verification:
    """Check a job's log against its hashes; names the first thing that is wrong."""
    caller = principal(router)
    return services(router).audit.verify(caller.workspace_id, job_id_of(job_id), cursor, limit)


@router.post("/runner-jobs/<job_id>/events/repair")
def repair(job_id: str, request: RepairEvents | None = None) -> Response[RepairAccepted]:
    """Have what is missing in a job's log recorded, or marked as not to be had."""
    caller, at = principal(router), services(router)
    job = at.jobs.get(caller.workspace_id, job_id_of(job_id))
    if job is None:
        raise JobNotFound(job_id)
    asked_at = at.clock()
    reason = request.reason if request else None
    asked = RepairRequest(workspace_id=job.workspace_id, job_id=job.id, actor=caller.actor, reason=reason)
    at.repairs.request(asked)
    return Response(202, JSON, RepairAccepted(job_id=job.id, asked_at=asked_at))


@router.post("/dead-letters/redrive")
def redrive(request: RedriveDeadLetters | None = None) -> RedrivenList:
    """Put back what was set aside, and retry the jobs that failed for it."""
    caller = principal(router)
    limit = (request or RedriveDeadLetters()).limit
    done = services(router).redrive.redrive(caller.workspace_id, caller.actor, limit)
    return RedrivenList(items=done)
