"""Request and response bodies for tokens and workspaces."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from api.paths import Branch, Paths
from api.schemas.ci_issuers import MAX_CI_ISSUERS, CiIssuerSetting
from api.schemas.gates import GateRules, RepositoryOrAll
from api.schemas.jobs import Capability, Name, Profile, enum_of, one_of
from api.schemas.usage import BudgetSetting, MaxOpenJobs, MaxRunning, PricesSetting
from mosaic.access.ci_issuers import CiIssuer
from mosaic.access.model import (
    ASSOCIATIONS,
    STORED_ROLES,
    Association,
    Grant,
    JobType,
    Repository,
    StoredRole,
    Token,
    Triggers,
    Workspace,
)
from mosaic.access.standing_approvals import MAX_STANDING
from mosaic.access.tokens import MAX_CREATORS
from mosaic.base import Request, SentBool, SentInt, SentTime, Timestamp, Value
from mosaic.constraints import Matches
from mosaic.forge.intent import Provider
from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.value_objects import StandingApproval
from mosaic.money import Prices
from mosaic.rails.gate_rule_checks import MAX_GATES
from mosaic.rails.gate_rules import GateRule
from mosaic.rails.policy_checks import MAX_POLICY_BYTES
from mosaic.redaction import WITHOUT_SECRETS

MAX_TYPES = 50
MAX_REPOSITORIES = 500
MAX_GRANTS = 200
MAX_ADMINS = 100
MAX_MEMBERS = 500
MAX_PEOPLE = 100
MAX_BOTS = 100
MAX_LABELS = 50

TokenRole = Annotated[StoredRole, BeforeValidator(one_of(STORED_ROLES)), enum_of(STORED_ROLES)]
Gates = Annotated[tuple[Name, ...], Field(max_length=MAX_GATES)]
ForgePerson = Annotated[
    str,
    Field(max_length=200, examples=["github:ada", "github:ada#1234"]),
    Matches(
        r'^((github|gitea|forgejo):[!-"$-9;-~]+(#[0-9]{1,19})?|mosaic:[!-"$-9;-~]+)$',
        "provider:login, or provider:login#id for the account with that id, such as github:ada or github:ada#1234",
    ),
]
PersonName = Annotated[str, Field(min_length=1, max_length=100)]
# Actors as jobs and events name them.
Actors = Annotated[
    tuple[
        Annotated[
            str,
            Field(max_length=300, examples=["github:ada", "token:01KG9ZZ000M3T0K3NF0RC1SH0P"]),
            Matches(
                r"^((token|oidc|mosaic):[^ ]|(github|gitea|forgejo):[^ #]+(#[0-9]{1,19})?$)",
                "an actor, such as github:ada, github:ada#1234 or token: and its id",
            ),
        ],
        ...,
    ],
    Field(max_length=20),
]


class CreateToken(Request):
    """An API token to create, for a person or a program."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["CI of the shop"])]
    """A name to recognise the token by"""
    role: TokenRole
    """The role, which defines the permissions"""
    expires_at: SentTime | None = None
    """The time when the token expires; default and latest: in 365 days, for the role admin in 90"""
    gates: Gates = ()
    """The gates that a reporter may report; default: all"""
    repositories: Annotated[tuple[RepositoryOrAll, ...], Field(max_length=100)] = ()
    """The repositories whose jobs a reporter may report on, or `*` alone for all jobs; a reporter needs it"""


class TokenView(Value):
    """An API token."""

    id: str
    """The token's id, and the part of its secret before the dash"""
    name: str
    """The token's name"""
    role: TokenRole
    """The role, which defines the permissions"""
    gates: tuple[str, ...]
    """The gates that a reporter may report; empty for all"""
    repositories: tuple[str, ...]
    """The repositories whose jobs a reporter may report on; `*` for all"""
    created_at: Timestamp
    """The time of creation"""
    created_by: str | None = None
    """The actor that created the token"""
    expires_at: Timestamp | None = None
    """The time when the token expires"""
    last_used_at: Timestamp | None = None
    """The time of the last use, accurate to minutes"""
    revoked_at: Timestamp | None = None
    """The time of revocation"""

    @classmethod
    def of(cls, token: Token) -> TokenView:
        """Returns the token without secrets."""
        return cls.model_validate({name: getattr(token, name) for name in cls.model_fields})


class CreatedToken(TokenView):
    """A new token with its secret."""

    token: str
    """The secret to send as bearer token; no other response shows it"""


class TokenPage(Value):
    """One page of tokens."""

    items: tuple[TokenView, ...]
    """The tokens"""
    cursor: str | None
    """The cursor of the next page, null on the last"""


class RepositorySetting(Request):
    """A repository whose webhooks the workspace accepts."""

    provider: Provider
    """The forge; `mosaic` for the bot's own webhook"""
    name: RepositoryOrAll
    """The repository, as `owner/name`. `*` is every repository that no workspace names; only the operator can
    set it
    """


class JobTypeSetting(Request):
    """A job type."""

    profile: Profile
    """The profile of the agent, if the job names none"""
    capabilities: Annotated[tuple[Capability, ...], Field(max_length=50)] = ()
    """Capabilities that such jobs need, in addition to the profile's and the job's own"""


class TriggersSetting(Request):
    """The job type that each event on a forge creates, and each label of an issue."""

    mentioned: Name
    """A mention of the bot"""
    assigned: Name
    """An assignment of an issue to the bot"""
    commented: Name
    """A comment, reported by the bot's own webhook"""
    labels: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=100)], Name], Field(max_length=MAX_LABELS)
    ] = Field(default_factory=dict)
    """The job type by the label of an issue, without case; the first that the issue has comes before the event"""


class GrantSetting(Request):
    """Grants a capability to agents of a profile without approval."""

    profile: Profile
    """The profile of the agents"""
    capability: Capability
    """The capability"""
    repository: RepositoryOrAll = "*"
    """The repository; default: `*`, all repositories"""


class StandingApprovalSetting(Request):
    """An existing standing approval, unchanged. Leaving one out revokes it."""

    profile: Profile
    """The profile of the agents"""
    capability: Capability
    """The capability"""
    repository: RepositoryOrAll
    """The repository"""
    branch: Branch | None = None
    """The branch; default: the branch of each job"""
    paths: Paths = ()
    """The files and folders; default: the whole repository"""
    until: SentTime
    """The end of the approval"""
    approved_by: Annotated[str, Field(max_length=300)]
    """The actor that approved"""
    approver_creators: Annotated[
        tuple[Annotated[str, Field(max_length=300)], ...], Field(max_length=MAX_CREATORS)
    ] = ()
    """The actors that created the approver's token"""
    approved_at: SentTime
    """The time of the approval"""
    reason: Annotated[str, Field(max_length=1000), WITHOUT_SECRETS]
    """The approver's reason"""
    job_id: Annotated[str, Field(max_length=64)]
    """The job that was approved"""


class ChangeWorkspace(Request):
    """The whole configuration: the current one with your changes."""

    version: Annotated[SentInt, Field(ge=0, le=2**53)]
    """The version that the changes are based on; if it is not the current one, nothing changes"""
    id: Annotated[str, Field(max_length=200)] | None = None
    """The workspace's id; cannot change"""
    name: Annotated[str, Field(max_length=100)]
    """The workspace's name"""
    repositories: Annotated[tuple[RepositorySetting, ...], Field(max_length=MAX_REPOSITORIES)]
    """The repositories whose webhooks the workspace accepts"""
    job_types: Annotated[dict[Name, JobTypeSetting], Field(min_length=1, max_length=MAX_TYPES)]
    """The job types by name"""
    gates: GateRules | None = None
    """The gate rules; default: unchanged, without removed job types"""
    triggers: TriggersSetting
    """The job types that events on a forge create"""
    grants: Annotated[tuple[GrantSetting, ...], Field(max_length=MAX_GRANTS)]
    """The capabilities of agents that need no approval"""
    forge_admins: Annotated[tuple[ForgePerson, ...], Field(max_length=MAX_ADMINS)]
    """Logins that may approve by comment, as `provider:login`"""
    forge_members: Annotated[tuple[ForgePerson, ...], Field(max_length=MAX_MEMBERS)] | None = None
    """Further logins that the workspace trusts; default: unchanged"""
    trust_associations: Annotated[tuple[Association, ...], Field(max_length=len(ASSOCIATIONS))] | None = None
    """The author associations on GitHub that make a person a member; default: unchanged"""
    policies: Annotated[str, Field(max_length=MAX_POLICY_BYTES)] | None = None
    """The workspace's own policies as Cedar text, at most 32 KiB; default: unchanged"""
    people: Annotated[dict[PersonName, Actors], Field(max_length=MAX_PEOPLE)] | None = None
    """People with several actors, by name; default: unchanged"""
    self_approval: SentBool | None = None
    """Whether requesters may approve their own jobs; default: unchanged"""
    approval_timeout_seconds: Annotated[SentInt, Field(ge=60, le=30 * 86400)] | None = None
    """The maximum wait for an approval, after which the job is denied; default: unchanged"""
    standing_approvals: (
        Annotated[tuple[StandingApprovalSetting, ...], Field(max_length=MAX_STANDING)] | None
    ) = None
    """The standing approvals to keep; default: all"""
    gate_timeout_seconds: Annotated[SentInt, Field(ge=60, le=30 * 86400)]
    """The maximum wait for gate reports"""
    require_push: SentBool | None = None
    """Whether only a commit counts that a push to the job's branch named; default: unchanged"""
    ci_issuers: Annotated[tuple[CiIssuerSetting, ...], Field(max_length=MAX_CI_ISSUERS)] | None = None
    """CI systems whose own OIDC tokens may report gates; default: unchanged"""
    max_dispatch_tries: Annotated[SentInt, Field(ge=1, le=100)]
    """The maximum number of calls to an unavailable gateway for one attempt"""
    guests_need_approval: SentBool | None = None
    """Whether every job with a guest's words waits for an approval; default: unchanged"""
    max_open_jobs_per_actor: MaxOpenJobs | None = None
    """The maximum number of open jobs that one actor requested on a forge; default: unchanged"""
    max_open_jobs_per_issue: MaxOpenJobs | None = None
    """The maximum number of open jobs of one issue, guests' and others' apart; default: unchanged"""
    allowed_bots: Annotated[tuple[ForgePerson, ...], Field(max_length=MAX_BOTS)] | None = None
    """Accounts that may request jobs although the forge marks them as bots; default: unchanged"""
    agent_logins: Annotated[tuple[ForgePerson, ...], Field(max_length=MAX_BOTS)] | None = None
    """Accounts of agents, which never request jobs; default: unchanged"""
    max_running: MaxRunning | None = None
    """The maximum number of running jobs; null: no limit; default: unchanged"""
    prices: PricesSetting | None = None
    """The prices of models; null: none; default: unchanged"""
    daily_budget: BudgetSetting | None = None
    """The budget of a day; null: none; default: unchanged"""
    capability_ceiling: Annotated[tuple[Capability, ...], Field(max_length=50)] | None = None
    """The current value; only the operator can change it"""
    repository_ceiling: (
        Annotated[tuple[Annotated[str, Field(max_length=300)], ...], Field(max_length=MAX_REPOSITORIES)]
        | None
    ) = None
    """The current value; only the operator can change it"""
    gateway: Annotated[str, Field(max_length=64)] | None = None
    """The current value; only the operator can change it"""


class WorkspaceView(Value):
    """The configuration of a workspace."""

    id: str
    """The workspace's id"""
    name: str
    """The workspace's name"""
    version: int
    """The number of changes through the API"""
    repositories: tuple[Repository, ...]
    """The repositories whose webhooks the workspace accepts"""
    job_types: dict[str, JobType]
    """The job types by name"""
    gates: tuple[GateRule, ...]
    """The gate rules"""
    triggers: Triggers
    """The job types that events on a forge create"""
    grants: tuple[Grant, ...]
    """The capabilities of agents that need no approval"""
    forge_admins: tuple[str, ...]
    """Logins that may approve by comment, as `provider:login`"""
    forge_members: tuple[str, ...]
    """Further logins that the workspace trusts. Grants apply to no other requesters on a forge"""
    trust_associations: tuple[str, ...]
    """The author associations on GitHub that make a person a member"""
    policies: str
    """The workspace's own policies, evaluated together with the base policies"""
    people: dict[str, tuple[str, ...]]
    """People with several actors, by name"""
    self_approval: bool
    """Whether requesters may approve their own jobs"""
    approval_timeout_seconds: int
    """The maximum wait for an approval, after which the job is denied"""
    standing_approvals: tuple[StandingApproval, ...]
    """Approvals that also apply to later jobs"""
    gate_timeout_seconds: int
    """The maximum wait for gate reports"""
    require_push: bool
    """Whether only a commit counts that a push to the job's branch named"""
    ci_issuers: tuple[CiIssuer, ...]
    """CI systems whose own OIDC tokens may report gates"""
    max_dispatch_tries: int
    """The maximum number of calls to an unavailable gateway for one attempt"""
    guests_need_approval: bool
    """Whether every job with a guest's words waits for an approval"""
    max_open_jobs_per_actor: int
    """The maximum number of open jobs that one actor requested on a forge"""
    max_open_jobs_per_issue: int
    """The maximum number of open jobs of one issue, guests' and others' apart"""
    allowed_bots: tuple[str, ...]
    """Accounts that may request jobs although the forge marks them as bots"""
    agent_logins: tuple[str, ...]
    """Accounts of agents, which never request jobs"""
    max_running: int | None
    """The maximum number of running jobs, null without a limit"""
    prices: Prices | None
    """The prices of models, null if not set"""
    daily_budget: DailyBudget | None
    """The budget of a day, null if not set"""
    capability_ceiling: tuple[str, ...] | None = None
    """The capabilities that the operator lets the workspace use; null for all"""
    repository_ceiling: tuple[str, ...] | None = None
    """The repositories that the operator lets the workspace connect, such as `github:acme/*`; null for all"""
    gateway: str | None = None
    """The operator's name of the gateway that runs the workspace's jobs; null for the deployment's"""

    @classmethod
    def of(cls, workspace: Workspace) -> WorkspaceView:
        """Returns the configuration of the workspace without internal fields."""
        return cls.model_validate({name: getattr(workspace, name) for name in cls.model_fields})
