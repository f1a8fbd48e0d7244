"""Routes that change an existing job."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.authorization import require_permission
from api.context import parse_job_id, principal, services
from api.drafts import require_retryable_repository
from api.schemas.jobs import CancelJob, ReportGate, RetryJob
from mosaic.access.model import Permission, Principal
from mosaic.access.standing_approvals import excluded_approvers
from mosaic.edge.http import JSON
from mosaic.jobs.gate_evaluation import GateReport, ReportedStatus
from mosaic.jobs.gates import Reporter
from mosaic.jobs.model import JobView
from mosaic.jobs.overrides import OverrideRequest
from mosaic.jobs.states import GateStatus

router = APIGatewayHttpRouter()

# A skipped gate validated nothing, like a gate that could not run.
_REPORTED_STATUS: dict[str, ReportedStatus] = {
    "passed": GateStatus.PASSED,
    "failed": GateStatus.FAILED,
    "error": GateStatus.ERROR,
    "skipped": GateStatus.ERROR,
}


@router.post("/runner-jobs/<job_id>/cancel")
def cancel(job_id: str, request: CancelJob | None = None) -> JobView:
    """Cancel a job; its run is stopped."""
    caller = principal(router)
    reason = request.reason if request else None
    return (
        services(router)
        .control.cancel(caller.workspace_id, parse_job_id(job_id), caller.actor, reason)
        .view()
    )


@router.post("/runner-jobs/<job_id>/retry")
def retry(job_id: str, request: RetryJob | None = None) -> Response[JobView]:
    """Queue a failed or cancelled job again, as its next attempt."""
    caller = principal(router)
    instructions = request.instructions if request else None
    require_retryable_repository(services(router), caller, job_id)
    job = services(router).control.retry(
        caller.workspace_id,
        parse_job_id(job_id),
        caller.actor,
        instructions,
        role=caller.requester_role,
    )
    return Response(202, JSON, job.view())


@router.put("/runner-jobs/<job_id>/gates/<gate_id>")
def report_gate(job_id: str, gate_id: str, request: ReportGate) -> JobView:
    """Report the result of a gate, or override the gate."""
    caller, deps = principal(router), services(router).control
    if request.status == "forced":
        require_permission(caller, Permission.FORCE_GATES)
        workspace = services(router).workspaces.now(caller.workspace_id)
        return deps.force_gate(
            caller.workspace_id,
            parse_job_id(job_id),
            caller.actors,
            _override(gate_id, request),
            lambda job: excluded_approvers(job, workspace),
        ).view()
    report, scope = _report(gate_id, request, _reporter(caller)), caller.reporter_scope
    return deps.report_gate(caller.workspace_id, parse_job_id(job_id), caller.actor, report, scope).view()


def _override(gate_id: str, request: ReportGate) -> OverrideRequest:
    return OverrideRequest(
        gate_id=gate_id,
        reason=request.reason or "",
        commit_sha=request.commit_sha,
        attempt=request.attempt,
    )


def _reporter(caller: Principal) -> Reporter:
    return Reporter(kind="oidc", by=(caller.ci.job_workflow_ref,)) if caller.ci else Reporter()


def _report(gate_id: str, request: ReportGate, reporter: Reporter) -> GateReport:
    return GateReport(
        gate_id=gate_id,
        status=_REPORTED_STATUS[request.status],
        commit_sha=request.commit_sha or "",
        url=request.url,
        details=request.details or ("skipped" if request.status == "skipped" else None),
        numbers=request.numbers,
        attempt=request.attempt,
        replaces=request.replaces,
        reporter=reporter,
    )
