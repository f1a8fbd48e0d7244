"""Routes of the workspace's configuration."""

from __future__ import annotations

from collections.abc import Iterator

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic_core import to_json

from api.context import principal, services
from api.drafts import invalid
from api.schemas.access import ChangeWorkspace, WorkspaceView
from mosaic.access.model import ANY_REPOSITORY, Repository, Workspace
from mosaic.edge.problem import FieldError, Problem
from mosaic.jobs.states import Waiting
from mosaic.rails.gate_rule_checks import violations
from mosaic.rails.gates import without_unknown_types
from mosaic.rails.policy_checks import problems
from mosaic.services.configure_workspace import configure
from mosaic.storage.access import MAX_CHANGED_REPOSITORIES

logger = Logger(child=True)
router = APIGatewayHttpRouter()

# What null takes away; elsewhere it leaves things as they are.
CLEARABLE = frozenset({"max_running", "prices", "daily_budget"})
# All but the standing approvals, which have a bound of their own: together they stay below DynamoDB's 400 KB.
MAX_BYTES = 256 * 1024
# All types that a workspace ever had: a list by status looks for the jobs of each.
MAX_TYPES_EVER = 100


@router.get("/workspaces/current")
def show() -> WorkspaceView:
    """Show the configuration of the token's workspace."""
    return WorkspaceView.of(services(router).workspaces.now(principal(router).workspace_id))


@router.put("/workspaces/current")
def change(request: ChangeWorkspace) -> WorkspaceView:
    """Replace the configuration of the token's workspace, if nobody else has changed it since it was looked at."""
    caller, at = principal(router), services(router)
    known = at.workspaces.now(caller.workspace_id)
    wanted = _wanted(request, known)
    for problem in _problems(request, known, wanted):
        raise problem
    changed = configure(at.access, known, request.version, wanted)
    at.workspaces.now(caller.workspace_id)
    # There may be more places now; also where this was sent again because its answer was lost.
    at.wait_queue.enqueue_first(caller.workspace_id, Waiting.SLOT)
    logger.info("workspace changed", version=changed.version, actor=caller.actor)
    return WorkspaceView.of(changed)


def _wanted(request: ChangeWorkspace, known: Workspace) -> Workspace:
    said = request.model_dump(exclude={"version", "id", "webhook_secret_id"})
    asked = {name: value for name, value in said.items() if value is not None}
    asked |= dict.fromkeys(
        CLEARABLE & request.model_fields_set & {name for name in said if said[name] is None}
    )
    once = {(one.provider, one.name.lower()): one.model_dump() for one in reversed(request.repositories)}
    asked.setdefault("gates", without_unknown_types(known.gates, request.job_types))
    asked["repositories"] = tuple(reversed(once.values()))
    return Workspace.model_validate({**dict(known), **asked})


def _problems(request: ChangeWorkspace, known: Workspace, wanted: Workspace) -> Iterator[Problem]:
    yield from _not_for_a_put(request, known, wanted)
    connected = {(one.provider, one.name.lower()) for one in wanted.repositories}
    for field, message in violations(wanted.gates, wanted.job_types, connected):
        yield invalid(field, message)
    yield from _unfit_policies(wanted)
    if wanted.daily_budget and wanted.daily_budget.cost is not None and wanted.prices is None:
        yield invalid("dailyBudget.cost", "needs prices to be counted by")
    for said, type in dict(wanted.triggers).items():
        if type not in wanted.job_types:
            yield invalid(f"triggers.{said}", f"must be one of {', '.join(sorted(wanted.job_types))}")
    if len({*wanted.job_types, *known.all_types}) > MAX_TYPES_EVER:
        yield invalid("jobTypes", f"may name {MAX_TYPES_EVER} types over time, no more")
    had, wants = _keys(known), _keys(wanted)
    if any(name == ANY_REPOSITORY for _, name in wants - had):
        yield invalid("repositories", "may name * only where whoever runs the deployment has set it")
    if len(had ^ wants) > MAX_CHANGED_REPOSITORIES:
        yield invalid("repositories", f"may change {MAX_CHANGED_REPOSITORIES} at a time")
    yield from _too_large(wanted)


def _too_large(wanted: Workspace) -> Iterator[Problem]:
    told = wanted.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"standing_approvals"})
    sizes = {name: len(to_json(value)) for name, value in told.items()}
    if (total := sum(sizes.values())) > MAX_BYTES:
        largest = max(sizes, key=sizes.__getitem__)
        yield invalid(largest, f"is the largest part of {total} bytes; all may have {MAX_BYTES} together")


def _unfit_policies(wanted: Workspace) -> Iterator[Problem]:
    found = problems(wanted.policies, wanted.id, wanted.job_types)
    errors = tuple(FieldError("policies", f"line {one.line}: {one.reason}") for one in found)
    if errors:
        yield Problem(422, "invalid_request", f"policies {errors[0].message}", errors)


def _not_for_a_put(request: ChangeWorkspace, known: Workspace, wanted: Workspace) -> Iterator[Problem]:
    if request.id not in (None, known.id):
        yield invalid("id", f"must be {known.id}")
    if request.webhook_secret_id not in (None, known.webhook_secret_id):
        yield invalid("webhookSecretId", "is set by whoever runs the deployment")
    if not set(wanted.standing_approvals) <= set(known.standing_approvals):
        yield invalid("standingApprovals", "may leave some out, no more: they are given by approving a job")


def _keys(workspace: Workspace) -> set[tuple[str, str]]:
    return {_key(one) for one in workspace.repositories}


def _key(repository: Repository) -> tuple[str, str]:
    return repository.provider, repository.name.lower()
