"""Routes that change a job which exists."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.authorization import need
from api.context import job_id_of, principal, services
from api.schemas.jobs import CancelJob, ReportGate, RetryJob
from mosaic.access.model import Permission
from mosaic.edge.http import JSON
from mosaic.edge.problem import Problem
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus
from mosaic.jobs.model import JobView
from mosaic.jobs.overrides import OverrideRequest
from mosaic.jobs.states import GateStatus

router = APIGatewayHttpRouter()

# A gate that was skipped has proven nothing, as one that could not run.
_STATUS: dict[str, ReportedStatus] = {
    "passed": GateStatus.PASSED,
    "failed": GateStatus.FAILED,
    "error": GateStatus.ERROR,
    "skipped": GateStatus.ERROR,
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
    caller, at = principal(router), services(router).control
    if request.status == "forced":
        need(caller, Permission.FORCE_GATES)
        asked = _force(gate_id, request)
        return at.force_gate(caller.workspace_id, job_id_of(job_id), caller.actor, asked).view()
    if not caller.may_report(gate_id):
        raise Problem(403, "forbidden", f"this token is for the gates {', '.join(caller.gates)}")
    report = _report(gate_id, request)
    return at.report_gate(caller.workspace_id, job_id_of(job_id), caller.actor, report).view()


def _force(gate_id: str, request: ReportGate) -> OverrideRequest:
    return OverrideRequest(
        gate_id=gate_id,
        reason=request.reason or "",
        commit_sha=request.commit_sha,
        attempt=request.attempt,
    )


def _report(gate_id: str, request: ReportGate) -> GateReport:
    return GateReport(
        gate_id=gate_id,
        status=_STATUS[request.status],
        commit_sha=request.commit_sha or "",
        url=request.url,
        details=request.details or ("skipped" if request.status == "skipped" else None),
        numbers=request.numbers,
        attempt=request.attempt,
        replaces=request.replaces,
    )
