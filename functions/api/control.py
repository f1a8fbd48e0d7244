"""Routes that change a job which exists."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import job_id_of, principal, services
from api.identity import need
from api.schemas import CancelJob, ReportGate, RetryJob
from mosaic.access.model import Permission
from mosaic.edge.http import JSON
from mosaic.edge.problem import Problem
from mosaic.jobs.model import JobView
from mosaic.jobs.proof import GateReport
from mosaic.jobs.states import GateStatus

router = APIGatewayHttpRouter()

# A gate that was skipped has proven nothing, as one that could not run.
_STATUS = {
    "passed": GateStatus.PASSED,
    "failed": GateStatus.FAILED,
    "error": GateStatus.ERROR,
    "skipped": GateStatus.ERROR,
    "forced": GateStatus.FORCED,
}


@router.post("/runner-jobs/<job_id>/cancel")
def cancel(job_id: str, request: CancelJob | None = None) -> JobView:
    """Cancel a job; a run under way is stopped."""
    caller = principal(router)
    reason = request.reason if request else None
    return (
        services(router).control.cancel(caller.workspace_id, job_id_of(job_id), caller.actor, reason).view()
    )


@router.post("/runner-jobs/<job_id>/retry")
def retry(job_id: str, request: RetryJob | None = None) -> Response[JobView]:
    """Queue a failed or cancelled job again, as its next attempt."""
    caller = principal(router)
    changed = request.instructions if request else None
    job = services(router).control.retry(caller.workspace_id, job_id_of(job_id), caller.actor, changed)
    return Response(202, JSON, job.view())


@router.put("/runner-jobs/<job_id>/gates/<gate_id>")
def report_gate(job_id: str, gate_id: str, request: ReportGate) -> JobView:
    """Report what a gate found, or force it."""
    caller = principal(router)
    if request.status == "forced":
        need(caller, Permission.FORCE_GATES)
    if not caller.may_report(gate_id):
        raise Problem(403, "forbidden", f"this token is for the gates {', '.join(caller.gates)}")
    report = GateReport(
        gate_id=gate_id,
        status=_STATUS[request.status],
        commit_sha=request.commit_sha,
        url=request.url,
        details=request.details or ("skipped" if request.status == "skipped" else None),
        reason=request.reason,
    )
    return (
        services(router)
        .control.report_gate(caller.workspace_id, job_id_of(job_id), caller.actor, report)
        .view()
    )
