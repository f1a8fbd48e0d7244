"""Workspaces, principals, roles and the one table of permissions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, Field, model_validator

from mosaic.base import Timestamp, Value
from mosaic.forge.intent import Provider
from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.value_objects import RequesterRole, StandingApproval
from mosaic.money import Prices
from mosaic.rails.gates import ANY_REPOSITORY as ANY_REPOSITORY
from mosaic.rails.gates import GateRule, default_rules


class Role(StrEnum):
    """What a caller is in the workspace. Only the run of a job is its runner: no stored token has that role."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    REPORTER = "reporter"
    RUNNER = "runner"


STORED_ROLES = tuple(role for role in Role if role is not Role.RUNNER)


def _stored(role: Role) -> Role:
    if role not in STORED_ROLES:
        raise ValueError(f"should be one of {', '.join(STORED_ROLES)}")
    return role


StoredRole = Annotated[Role, AfterValidator(_stored)]


class Permission(StrEnum):
    """What a request needs."""

    READ_SELF = "self:read"
    READ_JOBS = "jobs:read"
    CREATE_JOBS = "jobs:create"
    CONTROL_JOBS = "jobs:control"
    APPROVE_JOBS = "jobs:approve"
    REPORT_JOBS = "jobs:report"
    REPORT_GATES = "gates:report"
    FORCE_GATES = "gates:force"
    READ_WORKSPACE = "workspace:read"
    WRITE_WORKSPACE = "workspace:write"
    MANAGE_TOKENS = "tokens:manage"


_EVERY_ROLE = frozenset({Permission.READ_SELF})
_VIEWER = _EVERY_ROLE | {Permission.READ_JOBS}
_MEMBER = _VIEWER | {Permission.CREATE_JOBS, Permission.CONTROL_JOBS}
_RUNNER = _EVERY_ROLE | {Permission.REPORT_JOBS}
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.MEMBER: _MEMBER,
    Role.ADMIN: frozenset(Permission) - {Permission.REPORT_JOBS},
    Role.REPORTER: _EVERY_ROLE | {Permission.REPORT_GATES},
    Role.RUNNER: _RUNNER,
}


class Principal(Value):
    """Who calls, in which workspace and role.

    Either the holder of an API token (`token_id`), a person or program that an OIDC issuer vouches for (`subject`),
    or the run of one attempt of one job (`job_id`, `attempt`). `gates` are the only ones that a reporter may report;
    none are named where it may report all. `token_name` and `expires_at` are for the holder's eyes alone: what the API
    token is called, and when the token, or the JWT, stops working.
    """

    workspace_id: str
    role: Role
    token_id: str | None = None
    subject: str | None = None
    job_id: str | None = None
    attempt: int | None = None
    gates: tuple[str, ...] = ()
    token_name: str | None = None
    expires_at: Timestamp | None = None

    @property
    def actor(self) -> str:
        """The name under which what the principal does is recorded."""
        if self.subject is not None:
            return f"oidc:{self.subject}"
        if self.job_id is not None:
            return f"run:{self.job_id}:{self.attempt}"
        return f"token:{self.token_id}"

    def may(self, permission: Permission) -> bool:
        """Whether the role holds this permission."""
        return permission in PERMISSIONS[self.role]

    def may_report(self, gate_id: str) -> bool:
        """Whether a report on this gate may come from here, for a role that may report gates at all."""
        return not self.gates or gate_id in self.gates


class Grant(Value):
    """That agents of a profile have a capability on a repository (`*` for all) without further asking."""

    profile: str
    """Whose agents"""
    capability: str
    """What they may do"""
    repository: str = "*"
    """The repository that it is for; `*` for all"""


class JobType(Value):
    """A kind of job: the profile that works on it unless another is asked for, and what it cannot do without."""

    profile: str
    """Who works on it unless another is asked for"""
    capabilities: tuple[str, ...] = ()
    """What it cannot do without, beyond its profile and whatever the job itself asks for"""


DEFAULT_JOB_TYPES: dict[str, JobType] = {
    "git-status": JobType(profile="runner"),
    "priority-calc": JobType(profile="runner"),
    "code-task": JobType(profile="weaver"),
    "review": JobType(profile="inspector"),
}


class Triggers(Value):
    """The job type that each thing said on a forge creates."""

    mentioned: str = "code-task"
    """When the bot is mentioned"""
    assigned: str = "code-task"
    """When an issue is assigned to it"""
    commented: str = "code-task"
    """When the bot's own form says that somebody commented"""


PROVIDERS: tuple[Provider, ...] = get_args(Provider)


class Repository(Value):
    """A repository that a workspace takes webhooks from; ANY_REPOSITORY names all that no workspace takes."""

    provider: Provider
    """Where it is; `mosaic` is the bot's own form"""
    name: str
    """As `owner/name`; `*` for all that no workspace names"""


class Workspace(Value):
    """A tenant: where its webhooks come from, what its agents are granted, how its jobs are judged.

    `forge_admins` are people who may approve by comment, as `github:login`; with `self_approval` who asked may approve,
    too. `people` are those who act under several names, with these. `webhook_secret_id` names a secret of the
    workspace's own; without it the deployment's secret signs its webhooks. `retired_types` are job types that it once
    had: their jobs are still listed. `forge_members` are people whom it knows. `policies` is Cedar text, which stands
    beside the base policies. `version` counts the changes by API.
    """

    id: str
    name: str = ""
    version: int = 0
    webhook_secret_id: str | None = None
    repositories: tuple[Repository, ...] = ()
    retired_types: tuple[str, ...] = ()
    job_types: dict[str, JobType] = Field(default_factory=lambda: dict(DEFAULT_JOB_TYPES))
    gates: tuple[GateRule, ...] = ()
    triggers: Triggers = Triggers()
    grants: tuple[Grant, ...] = ()
    forge_admins: tuple[str, ...] = ()
    forge_members: tuple[str, ...] = ()
    policies: str = ""
    people: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    self_approval: bool = False
    approval_timeout_seconds: int = 3 * 24 * 3600
    standing_approvals: tuple[StandingApproval, ...] = ()
    gate_timeout_seconds: int = 24 * 3600
    max_dispatch_tries: int = 10
    max_running: int | None = None
    prices: Prices | None = None
    daily_budget: DailyBudget | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_gates(cls, data: Any) -> Any:
        """Without rules of its own, it has those that its types were once stored with, or the default ones."""
        if not isinstance(data, Mapping) or "gates" in data:
            return data
        types = data.get("job_types", data.get("jobTypes"))
        return {**data, "gates": default_rules(types)}

    @property
    def all_types(self) -> tuple[str, ...]:
        """Every type that a job of the workspace can have, in order."""
        return tuple(sorted({*self.job_types, *self.retired_types}))

    @property
    def all_gates(self) -> frozenset[str]:
        """Every gate that a new job of the workspace can have."""
        return frozenset(rule.id for rule in self.gates)

    def granted(self, profile: str, repository: str | None) -> frozenset[str]:
        """The capabilities that the workspace grants this profile on this repository."""
        return frozenset(
            grant.capability
            for grant in self.grants
            if grant.profile == profile and grant.repository.lower() in ("*", (repository or "").lower())
        )

    def role_of(self, person: str, *, is_collaborator: bool) -> RequesterRole:
        """What somebody on a forge, as `github:ada`, is here; `vouched`: the forge says that they belong there."""
        if person in self.forge_admins:
            return "admin"
        return "member" if is_collaborator or person in self.forge_members else "guest"


class Token(Value):
    """An API token without its secret: `digest` is the secret's SHA-256.

    `gates` are the only ones that a reporter's token may report, all if none is named. `last_used_at` may be some
    minutes old.
    """

    id: str
    workspace_id: str
    role: StoredRole
    digest: str
    name: str = ""
    gates: tuple[str, ...] = ()
    created_at: Timestamp
    created_by: str | None = None
    expires_at: Timestamp | None = None
    last_used_at: Timestamp | None = None
    revoked_at: Timestamp | None = None
