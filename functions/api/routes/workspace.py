"""Routes for the workspace's configuration."""

from __future__ import annotations

from collections.abc import Iterator

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic.alias_generators import to_camel
from pydantic_core import to_json

from api.context import principal, services
from api.drafts import invalid_field
from api.schemas.access import ChangeWorkspace, RepositorySetting, WorkspaceView
from mosaic.access import ci_issuers
from mosaic.access.connections import covers
from mosaic.access.model import ANY_REPOSITORY, Repository, Workspace
from mosaic.edge.problem import FieldError, Problem
from mosaic.jobs.job_query import MAX_STATUS_KEYS
from mosaic.jobs.states import Waiting
from mosaic.rails.gate_rule_checks import violations
from mosaic.rails.gate_rules import without_unknown_types
from mosaic.rails.policy_checks import problems
from mosaic.services.configure_workspace import configure
from mosaic.storage.access import MAX_CHANGED_REPOSITORIES

logger = Logger(child=True)
router = APIGatewayHttpRouter()

# Fields that null clears. For other fields null keeps the current value.
OPERATOR_FIELDS = ("capability_ceiling", "repository_ceiling", "gateway")
CLEARABLE = frozenset({"max_running", "prices", "daily_budget"})
# Without the standing approvals, which have a limit of their own. Together they fit into DynamoDB's 400 KB.
MAX_BYTES = 256 * 1024
# Counts all types that a workspace ever had: a list by one status reads the keys of each.
MAX_TYPES_EVER = MAX_STATUS_KEYS


@router.get("/workspaces/current")
def show() -> WorkspaceView:
    """Show the configuration of the token's workspace."""
    return WorkspaceView.of(services(router).workspaces.now(principal(router).workspace_id))


@router.put("/workspaces/current")
def change(request: ChangeWorkspace) -> WorkspaceView:
    """Replace the configuration of the token's workspace, unless it changed since the client read it."""
    caller, deps = principal(router), services(router)
    current = deps.workspaces.now(caller.workspace_id)
    wanted = _wanted(request, current)
    for problem in _problems(request, current, wanted, single_tenant=deps.single_tenant):
        raise problem
    for field, message in ci_issuers.violations(wanted.ci_issuers, wanted.id, deps.ci_issuers):
        raise invalid_field(field, message)
    changed = configure(deps.access, current, request.version, wanted)
    deps.workspaces.now(caller.workspace_id)
    # The limit of running jobs may have grown. This also runs when the client repeats the request.
    deps.wait_queue.enqueue_first(caller.workspace_id, Waiting.SLOT)
    logger.info(
        "workspace changed",
        workspace_id=changed.id,
        version=changed.version,
        actor=caller.actor,
        settings=_changed_settings(current, changed),
    )
    return WorkspaceView.of(changed)


def _changed_settings(before: Workspace, after: Workspace) -> list[str]:
    """The names of the settings that differ, without their values."""
    names = (name for name, value in before if name != "version" and value != getattr(after, name))
    return sorted(map(to_camel, names))


def _wanted(request: ChangeWorkspace, current: Workspace) -> Workspace:
    fields = request.model_dump(exclude={"version", "id", *OPERATOR_FIELDS})
    changes = {name: value for name, value in fields.items() if value is not None}
    cleared = CLEARABLE & request.model_fields_set & {name for name in fields if fields[name] is None}
    changes |= dict.fromkeys(cleared)
    unique = {_key(repository): repository.model_dump() for repository in reversed(request.repositories)}
    changes.setdefault("gates", without_unknown_types(current.gates, request.job_types))
    changes["repositories"] = tuple(reversed(unique.values()))
    return Workspace.model_validate({**dict(current), **changes})


def _problems(
    request: ChangeWorkspace, current: Workspace, wanted: Workspace, *, single_tenant: bool
) -> Iterator[Problem]:
    yield from _read_only_fields(request, current, wanted)
    for field, message in violations(wanted.gates, wanted.job_types, _keys(wanted)):
        yield invalid_field(field, message)
    yield from _invalid_policies(wanted)
    if wanted.daily_budget and wanted.daily_budget.cost is not None and wanted.prices is None:
        yield invalid_field("dailyBudget.cost", "requires prices")
    yield from _unknown_trigger_types(wanted)
    if len({*wanted.job_types, *current.all_types}) > MAX_TYPES_EVER:
        yield invalid_field("jobTypes", f"may have at most {MAX_TYPES_EVER} different types over time")
    yield from _repository_problems(current, wanted, single_tenant=single_tenant)
    yield from _too_large(wanted)


def _repository_problems(current: Workspace, wanted: Workspace, *, single_tenant: bool) -> Iterator[Problem]:
    before, after = _keys(current), _keys(wanted)
    if any(name == ANY_REPOSITORY for _, name in after - before):
        yield invalid_field("repositories", "can name * only if the operator has set it")
    if after - before and not single_tenant:
        yield invalid_field("repositories", "cannot be added here; use POST /workspaces/current/repositories")
    for provider, name in sorted(after - before):
        if not covers(wanted.repository_ceiling, provider, name):
            yield invalid_field("repositories", f"cannot name {provider}:{name}: see repositoryCeiling")
    if len(before ^ after) > MAX_CHANGED_REPOSITORIES:
        yield invalid_field("repositories", f"may change by at most {MAX_CHANGED_REPOSITORIES} at a time")


def _unknown_trigger_types(wanted: Workspace) -> Iterator[Problem]:
    events = wanted.triggers.model_dump(exclude={"labels"})
    labels = {f"labels.{label}": type for label, type in wanted.triggers.labels.items()}
    for trigger, type in (events | labels).items():
        if type not in wanted.job_types:
            known = ", ".join(sorted(wanted.job_types))
            yield invalid_field(f"triggers.{trigger}", f"must be one of {known}")


def _too_large(wanted: Workspace) -> Iterator[Problem]:
    fields = wanted.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"standing_approvals"})
    sizes = {name: len(to_json(value)) for name, value in fields.items()}
    if (total := sum(sizes.values())) > MAX_BYTES:
        largest = max(sizes, key=sizes.__getitem__)
        yield invalid_field(largest, f"is the largest part of {total} bytes; at most {MAX_BYTES} are allowed")


def _invalid_policies(wanted: Workspace) -> Iterator[Problem]:
    found = problems(wanted.policies, wanted.id, wanted.job_types)
    errors = tuple(FieldError("policies", f"line {problem.line}: {problem.reason}") for problem in found)
    if errors:
        yield Problem(422, "invalid_request", f"policies {errors[0].message}", errors)


def _read_only_fields(request: ChangeWorkspace, current: Workspace, wanted: Workspace) -> Iterator[Problem]:
    if request.id not in (None, current.id):
        yield invalid_field("id", f"must be {current.id}")
    for field in OPERATOR_FIELDS:
        if getattr(request, field) not in (None, getattr(current, field)):
            yield invalid_field(to_camel(field), "can be set only by the operator")
    if not set(wanted.standing_approvals) <= set(current.standing_approvals):
        yield invalid_field(
            "standingApprovals", "cannot be added here; approve a job with the scope repository"
        )


def _keys(workspace: Workspace) -> set[tuple[str, str]]:
    return {_key(repository) for repository in workspace.repositories}


def _key(repository: Repository | RepositorySetting) -> tuple[str, str]:
    return repository.provider, repository.name.lower()
