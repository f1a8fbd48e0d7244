"""Workspaces, principals, roles and the table of permissions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from mosaic.access.ci_issuers import CiClaims, CiIssuer
from mosaic.base import Timestamp, Value
from mosaic.forge.intent import Provider
from mosaic.jobs.actors import in_actors
from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.reporter_scope import CiIdentity, ReporterScope
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.value_objects import StandingApproval
from mosaic.money import Prices
from mosaic.rails.gate_rules import ANY_REPOSITORY as ANY_REPOSITORY
from mosaic.rails.gate_rules import GateRule, default_rules


class Role(StrEnum):
    """The role of a caller in the workspace. Only the run of a job has the role `runner`; no stored token has
    it.
    """

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
    """The permission that a request needs."""

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
    """The caller of a request, with workspace and role.

    It is the holder of an API token (`token_id`), a subject of the OIDC issuer (`subject`), or the run of an
    attempt (`job_id`, `attempt`). `creators` are the actors behind the token: the one that created it, and
    its own creators. `gates` limits the gates that a reporter may report; empty means all. `repositories` are
    those whose jobs a reporter may report on; empty means none. `ci` is set for the token of a CI.
    `token_name` and `expires_at` describe the token, for the holder only.
    """

    workspace_id: str
    role: Role
    token_id: str | None = None
    subject: str | None = None
    job_id: str | None = None
    attempt: int | None = None
    creators: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    ci: CiIdentity | None = None
    token_name: str | None = None
    expires_at: Timestamp | None = None

    @property
    def actor(self) -> str:
        """The actor name that is recorded for the principal."""
        if self.ci is not None:
            return f"oidc-ci:{self.ci.job_workflow_ref}"
        if self.subject is not None:
            return f"oidc:{self.subject}"
        if self.job_id is not None:
            return f"run:{self.job_id}:{self.attempt}"
        return f"token:{self.token_id}"

    @property
    def requester_role(self) -> RequesterRole:
        """The role in which the principal requests jobs: an admin's or a member's."""
        return "admin" if self.role is Role.ADMIN else "member"

    @property
    def actors(self) -> tuple[str, ...]:
        """The actor, followed by the creators of its token."""
        return (self.actor, *self.creators)

    @property
    def reporter_scope(self) -> ReporterScope | None:
        """The limits of the principal's gate reports; None for an admin, who has none."""
        if self.role is Role.ADMIN:
            return None
        return ReporterScope(gates=self.gates, repositories=self.repositories, ci=self.ci)

    def may(self, permission: Permission) -> bool:
        """True if the role has this permission."""
        return permission in PERMISSIONS[self.role]


def ci_principal(claims: CiClaims, trusted: CiIssuer) -> Principal:
    """Returns the reporter of a CI's verified token that the workspace trusts: for its repository and commit."""
    return Principal(
        workspace_id=claims.workspace_id,
        role=Role.REPORTER,
        gates=trusted.gates,
        repositories=(claims.repository,),
        ci=CiIdentity(
            job_workflow_ref=claims.job_workflow_ref,
            repository_id=claims.repository_id,
            commit_sha=claims.sha,
        ),
        expires_at=claims.expires_at,
    )


class Grant(Value):
    """A capability that a profile's agents have on a repository (`*` for all) without approval."""

    profile: str
    """The agent profile"""
    capability: str
    """The granted capability"""
    repository: str = "*"
    """The repository; `*` for all"""


class JobType(Value):
    """A job type, with its default profile and its capabilities."""

    profile: str
    """The agent profile, unless the request names another"""
    capabilities: tuple[str, ...] = ()
    """The capabilities that every job of the type needs in addition to its profile's"""


DEFAULT_JOB_TYPES: dict[str, JobType] = {
    "git-status": JobType(profile="runner"),
    "priority-calc": JobType(profile="runner"),
    "code-task": JobType(profile="weaver"),
    "review": JobType(profile="inspector"),
}


class Triggers(Value):
    """The job type for each trigger on a forge."""

    mentioned: str = "code-task"
    """The job type if the bot is mentioned"""
    assigned: str = "code-task"
    """The job type if an issue is assigned to the bot"""
    commented: str = "code-task"
    """The job type if the bot's own form reports a comment"""
    labels: dict[str, str] = Field(default_factory=dict)
    """The job type by the label of an issue; the first entry that the issue has comes before the event"""


PROVIDERS: tuple[Provider, ...] = get_args(Provider)

Association = Literal["OWNER", "MEMBER", "COLLABORATOR"]
ASSOCIATIONS: tuple[Association, ...] = get_args(Association)
"""What GitHub can say of the author of a text: owner or collaborator of the repository, or member of the
organisation, whatever access the member has to the repository.
"""


class Repository(Value):
    """A repository whose webhooks a workspace receives. ANY_REPOSITORY stands for all repositories without a
    workspace.
    """

    provider: Provider
    """The forge; `mosaic` for the bot's own form"""
    name: str
    """The name as `owner/name`; `*` for all repositories without a workspace"""


class Workspace(Value):
    """A tenant: its repositories, grants, gates, people and limits.

    - `forge_admins`: people who may approve by comment, as `github:login`; with `self_approval` also their own jobs
    - `forge_members`: people with the role `member`
    - `trust_associations`: the author associations on GitHub that give the role `member`
    - `people`: all names of a person who acts under several names
    - `guests_need_approval`: whether every job with a guest's words waits for an approval
    - `max_open_jobs_per_actor`, `max_open_jobs_per_issue`: the most jobs requested on a forge that have not ended
    - `allowed_bots`: programs whose mentions count, although the forge marks them as programs
    - `agent_logins`: the accounts of agents, whose mentions never count
    - `capability_ceiling`, `repository_ceiling`: what the operator lets the workspace use; None for all
    - `gateway`: the gateway of its jobs, by the operator's name; None for the deployment's
    - `ci_issuers`: CI systems whose OIDC tokens may report gates
    - `require_push`: whether only a commit that a push to the job's branch named is validated
    - `retired_types`: removed job types, whose jobs are still listed
    - `policies`: Cedar policies in addition to the base policies
    - `version`: the number of changes by API
    """

    id: str
    name: str = ""
    version: int = 0
    capability_ceiling: tuple[str, ...] | None = None
    repository_ceiling: tuple[str, ...] | None = None
    gateway: str | None = None
    repositories: tuple[Repository, ...] = ()
    retired_types: tuple[str, ...] = ()
    job_types: dict[str, JobType] = Field(default_factory=lambda: dict(DEFAULT_JOB_TYPES))
    gates: tuple[GateRule, ...] = ()
    triggers: Triggers = Triggers()
    grants: tuple[Grant, ...] = ()
    forge_admins: tuple[str, ...] = ()
    forge_members: tuple[str, ...] = ()
    trust_associations: tuple[Association, ...] = ASSOCIATIONS
    policies: str = ""
    people: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    self_approval: bool = False
    guests_need_approval: bool = True
    approval_timeout_seconds: int = 3 * 24 * 3600
    standing_approvals: tuple[StandingApproval, ...] = ()
    gate_timeout_seconds: int = 24 * 3600
    require_push: bool = True
    ci_issuers: tuple[CiIssuer, ...] = ()
    max_dispatch_tries: int = 10
    max_running: int | None = None
    max_open_jobs_per_actor: int = 20
    max_open_jobs_per_issue: int = 10
    allowed_bots: tuple[str, ...] = ()
    agent_logins: tuple[str, ...] = ()
    prices: Prices | None = None
    daily_budget: DailyBudget | None = None

    @model_validator(mode="before")
    @classmethod
    def _with_gates(cls, data: Any) -> Any:
        """Adds the gate rules of the stored job types, or the default rules, if the workspace has no rules."""
        if not isinstance(data, Mapping) or "gates" in data:
            return data
        types = data.get("job_types", data.get("jobTypes"))
        return {**data, "gates": default_rules(types)}

    @property
    def all_types(self) -> tuple[str, ...]:
        """All job types of the workspace, sorted."""
        return tuple(sorted({*self.job_types, *self.retired_types}))

    @property
    def all_gates(self) -> frozenset[str]:
        """All gates that a new job may have."""
        return frozenset(rule.id for rule in self.gates)

    def granted(self, profile: str, repository: str | None) -> frozenset[str]:
        """Returns the capabilities that are granted to this profile on this repository."""
        return frozenset(
            grant.capability
            for grant in self.grants
            if grant.profile == profile and grant.repository.lower() in ("*", (repository or "").lower())
        )

    def role_of(self, person: str, *, is_collaborator: bool, association: str | None = None) -> RequesterRole:
        """Returns the role of a person on a forge, such as `github:ada#1234`, whom the forge may report as a
        collaborator, on GitHub by an author association.
        """
        if in_actors(person, self.forge_admins):
            return "admin"
        counts = is_collaborator and (association is None or association in self.trust_associations)
        return "member" if counts or in_actors(person, self.forge_members) else "guest"


class Token(Value):
    """An API token without its secret. `digest` is the secret's SHA-256.

    `gates` limits the gates that a reporter's token may report; empty means all. `repositories` are those
    whose jobs it may report on; empty means none. `creators` are the actor that created the token, and the
    creators of that actor's own token. `last_used_at` may be some minutes old.
    """

    id: str
    workspace_id: str
    role: StoredRole
    digest: str
    name: str = ""
    gates: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    created_at: Timestamp
    creators: tuple[str, ...] = ()
    expires_at: Timestamp | None = None
    last_used_at: Timestamp | None = None
    revoked_at: Timestamp | None = None

    @property
    def created_by(self) -> str | None:
        """The actor that created the token, if it is known."""
        return self.creators[0] if self.creators else None
