"""Routes that verify and repair event logs, and redrive dead letters."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from api.context import parse_job_id, principal, services
from api.parameters import DIGITS
from api.schemas.event_log import RedriveDeadLetters, RedrivenList, RepairAccepted, RepairEvents
from mosaic.constraints import Matches
from mosaic.edge.http import JSON
from mosaic.jobs.errors import JobNotFound
from mosaic.services.verify_log import CURSOR, Verification
from mosaic.storage.repair_queue import RepairRequest

logger = Logger(child=True)
router = APIGatewayHttpRouter()

_Cursor = Annotated[
    str, Field(max_length=100), Matches(CURSOR, "the cursor of the previous page of this check")
]


@router.get("/runner-jobs/<job_id>/events/verify")
def verify(
    job_id: str,
    cursor: Annotated[_Cursor | None, Query()] = None,
    limit: Annotated[int, Field(ge=1, le=2000), DIGITS, Query()] = 1000,
) -> Verification:
    """Verify the hashes of a job's log; the response names the first broken version."""
    caller = principal(router)
    return services(router).audit.verify(caller.workspace_id, parse_job_id(job_id), cursor, limit)


@router.post("/runner-jobs/<job_id>/events/repair")
def repair(job_id: str, request: RepairEvents | None = None) -> Response[RepairAccepted]:
    """Restore missing events of a job, and mark events that cannot be restored."""
    caller, deps = principal(router), services(router)
    job = deps.jobs.get(caller.workspace_id, parse_job_id(job_id))
    if job is None:
        raise JobNotFound(job_id)
    requested_at = deps.clock()
    reason = request.reason if request else None
    deps.repairs.request(
        RepairRequest(workspace_id=job.workspace_id, job_id=job.id, actor=caller.actor, reason=reason)
    )
    logger.info("log repair requested", workspace_id=job.workspace_id, job_id=job.id, actor=caller.actor)
    return Response(202, JSON, RepairAccepted(job_id=job.id, requested_at=requested_at))


@router.post("/dead-letters/redrive")
def redrive(request: RedriveDeadLetters | None = None) -> RedrivenList:
    """Redrive dead letters, and retry the jobs that failed because of them."""
    caller = principal(router)
    limit = (request or RedriveDeadLetters()).limit
    items = services(router).redrive.redrive(
        caller.workspace_id, caller.actor, limit, role=caller.requester_role
    )
    logger.info(
        "dead letters redriven", workspace_id=caller.workspace_id, actor=caller.actor, redriven=len(items)
    )
    return RedrivenList(items=items)
