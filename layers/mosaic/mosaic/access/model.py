"""Workspaces, principals, roles and the one table of permissions. Pure."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from mosaic.base import Timestamp, Value


class Role(StrEnum):
    """What a token's holder is in the workspace."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    REPORTER = "reporter"


class Permission(StrEnum):
    """What a request needs."""

    READ_JOBS = "jobs:read"
    CREATE_JOBS = "jobs:create"
    CONTROL_JOBS = "jobs:control"
    APPROVE_JOBS = "jobs:approve"
    REPORT_GATES = "gates:report"
    FORCE_GATES = "gates:force"


_VIEWER = frozenset({Permission.READ_JOBS})
_MEMBER = _VIEWER | {Permission.CREATE_JOBS, Permission.CONTROL_JOBS}
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.MEMBER: _MEMBER,
    Role.ADMIN: frozenset(Permission),
    Role.REPORTER: frozenset({Permission.REPORT_GATES}),
}


class Principal(Value):
    """Who calls: a token of a workspace, in a role."""

    workspace_id: str
    token_id: str
    role: Role

    @property
    def actor(self) -> str:
        """The name under which what the principal does is recorded."""
        return f"token:{self.token_id}"

    def may(self, permission: Permission) -> bool:
        """Whether the role holds this permission."""
        return permission in PERMISSIONS[self.role]


class Grant(Value):
    """That agents of a profile have a capability on a repository (`*` for all) without further asking."""

    profile: str
    capability: str
    repository: str = "*"


class JobType(Value):
    """A kind of job: the profile that works on it unless another is asked for, and its mandatory gates."""

    profile: str
    gates: tuple[str, ...] = ()


DEFAULT_JOB_TYPES: dict[str, JobType] = {
    "git-status": JobType(profile="runner"),
    "priority-calc": JobType(profile="runner"),
    "code-task": JobType(profile="weaver", gates=("build", "lint", "typecheck", "test", "coverage")),
    "review": JobType(profile="inspector"),
}


class Triggers(Value):
    """The job type that each thing said on a forge creates."""

    mentioned: str = "code-task"
    assigned: str = "code-task"
    commented: str = "code-task"


class Workspace(Value):
    """A tenant: where its webhooks come from, what its agents are granted, how its jobs are judged.

    `forge_admins` are people who may approve by comment, as `github:login`. `webhook_secret_id` names a secret of the
    workspace's own; without it the deployment's secret signs its webhooks.
    """

    id: str
    name: str = ""
    webhook_secret_id: str | None = None
    job_types: dict[str, JobType] = Field(default_factory=lambda: dict(DEFAULT_JOB_TYPES))
    triggers: Triggers = Triggers()
    grants: tuple[Grant, ...] = ()
    forge_admins: tuple[str, ...] = ()
    gate_timeout_seconds: int = 24 * 3600
    max_dispatch_tries: int = 10

    def granted(self, profile: str, repository: str | None) -> frozenset[str]:
        """The capabilities that the workspace grants this profile on this repository."""
        return frozenset(
            grant.capability
            for grant in self.grants
            if grant.profile == profile and grant.repository in ("*", repository)
        )


class Token(Value):
    """An API token without its secret: `digest` is the secret's SHA-256."""

    id: str
    workspace_id: str
    role: Role
    digest: str
    name: str = ""
    created_at: Timestamp
    expires_at: Timestamp | None = None
