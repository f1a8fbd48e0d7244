"""The route for reports of a run."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import parse_job_id, principal, services
from api.schemas.jobs import ReportRun
from mosaic.edge.problem import Problem
from mosaic.jobs.model import JobView

router = APIGatewayHttpRouter()


@router.post("/runner-jobs/<job_id>/reports")
def report(job_id: str, request: ReportRun) -> JobView:
    """Store a batch of reports of the job's own run."""
    caller = principal(router)
    if caller.job_id != parse_job_id(job_id) or caller.attempt is None:
        raise Problem(403, "forbidden", "this token may only report the run of another job")
    control = services(router).control
    return control.report(
        caller.workspace_id, job_id, caller.actor, caller.attempt, request.batch_id, request.reports
    ).view()
