"""The route for manual dispatches."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import principal, services
from api.drafts import draft, require_connected
from api.schemas.gates import DryRun, PlannedGate
from api.schemas.jobs import DispatchJob
from api.wiring import ApiServices
from mosaic.access.model import Principal, Token, Workspace
from mosaic.access.tokens import holder
from mosaic.edge.http import JSON
from mosaic.jobs import lifecycle
from mosaic.jobs.gates import Gate
from mosaic.jobs.model import Job, JobView
from mosaic.rails import quality
from mosaic.services import evaluate_guard

router = APIGatewayHttpRouter()


@router.post("/stitcher/dispatch")
def dispatch(request: DispatchJob) -> Response[JobView | DryRun]:
    """Dispatch a job manually, or preview the rails' decision."""
    caller, deps = principal(router), services(router)
    workspace = _workspace(deps, caller, request)
    require_connected(deps, workspace.id, request.repository)
    job_draft = draft(request, request.type, "dispatch", caller, workspace)
    if not request.dry_run:
        return Response(202, JSON, deps.acceptance.accept(job_draft).job.view())
    job = lifecycle.create(job_draft, "dry-run", deps.clock())
    guard = evaluate_guard.evaluate(job, workspace, deps.policies(), deps.clock())
    _, gates = quality.decide(
        job, workspace.gates, workspace.gate_timeout_seconds, workspace.require_push, guard.capabilities
    )
    holders = deps.tokens.reporters(workspace.id)
    planned = tuple(_planned(gate, holders, job) for gate in gates)
    return Response(200, JSON, DryRun(guard=guard, gates=planned, agent=job.profile, tools=guard.tools))


def _planned(gate: Gate, holders: tuple[Token, ...], job: Job) -> PlannedGate:
    by_token = gate.reporter.kind == "token"
    names = (token.name or token.id for token in holders if by_token and _may_report(token, gate, job))
    fields = {name: getattr(gate, name) for name in PlannedGate.model_fields if name != "tokens"}
    return PlannedGate(**fields, tokens=tuple(names))


def _may_report(token: Token, gate: Gate, job: Job) -> bool:
    scope = holder(token).reporter_scope
    return scope is None or (scope.covers_gate(gate.id) and scope.covers_repository(job.repository))


def _workspace(deps: ApiServices, caller: Principal, request: DispatchJob) -> Workspace:
    if request.dry_run:  # a preview uses the current grants and gates
        return deps.workspaces.now(caller.workspace_id)
    return deps.workspaces.with_type(caller.workspace_id, request.type)
