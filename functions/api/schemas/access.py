"""What clients send and get of tokens and workspaces: the HTTP contract in types."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from api.paths import Branch, Paths
from api.schemas.gates import GateRules, RepositoryOrAll
from api.schemas.jobs import Capability, Name, Profile, listed, one_of
from api.schemas.usage import BudgetSetting, MaxRunning, PricesSetting
from mosaic.access.model import (
    STORED_ROLES,
    Grant,
    JobType,
    Repository,
    StoredRole,
    Token,
    Triggers,
    Workspace,
)
from mosaic.access.standing import MAX_STANDING
from mosaic.base import Request, SentBool, SentInt, SentTime, Timestamp, Value
from mosaic.constraints import Matches
from mosaic.forge.intent import Provider
from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.value_objects import StandingApproval
from mosaic.money import Prices
from mosaic.rails.gate_rule_checks import MAX_GATES
from mosaic.rails.gates import GateRule
from mosaic.rails.policy_checks import MAX_POLICY_BYTES

MAX_TYPES = 50
MAX_REPOSITORIES = 500
MAX_GRANTS = 200
MAX_ADMINS = 100
MAX_MEMBERS = 500
MAX_PEOPLE = 100

TokenRole = Annotated[StoredRole, BeforeValidator(one_of(STORED_ROLES)), listed(STORED_ROLES)]
Gates = Annotated[tuple[Name, ...], Field(max_length=MAX_GATES)]
ForgePerson = Annotated[
    str,
    Field(max_length=200, examples=["github:ada"]),
    Matches(r"^(github|gitea|mosaic):[!-9;-~]+$", "provider:login, such as github:ada"),
]
PersonName = Annotated[str, Field(min_length=1, max_length=100)]
# As jobs and events name them.
Actors = Annotated[
    tuple[
        Annotated[
            str,
            Field(max_length=300, examples=["github:ada", "token:01KG9ZZ000M3T0K3NF0RC1SH0P"]),
            Matches(
                r"^(token|oidc|github|gitea|mosaic):[^ ]", "an actor, such as github:ada or token: and its id"
            ),
        ],
        ...,
    ],
    Field(max_length=20),
]


class CreateToken(Request):
    """A token for a person or a program."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["CI of the shop"])]
    """What it is for, to recognise it by"""
    role: TokenRole
    """What its holder may do"""
    expires_at: SentTime | None = None
    """When it stops working; never unless given"""
    gates: Gates = ()
    """The only gates that a reporter may report; all unless given"""


class TokenView(Value):
    """An API token as its workspace's admins see it."""

    id: str
    """Its name among the workspace's tokens; the part of the bearer before the dash"""
    name: str
    """What it is for"""
    role: TokenRole
    """What its holder may do"""
    gates: tuple[str, ...]
    """The only gates that a reporter may report; all if there are none"""
    created_at: Timestamp
    """When it was made"""
    created_by: str | None = None
    """Who made it"""
    expires_at: Timestamp | None = None
    """When it stops working"""
    last_used_at: Timestamp | None = None
    """When it was last used, to within minutes"""
    revoked_at: Timestamp | None = None
    """When it was revoked"""

    @classmethod
    def of(cls, token: Token) -> TokenView:
        """What may be shown of the token."""
        return cls.model_validate({name: getattr(token, name) for name in cls.model_fields})


class CreatedToken(TokenView):
    """A new token, with what its holder has to send."""

    token: str
    """The bearer token itself, which is shown this once"""


class TokenPage(Value):
    """One page of tokens; `cursor` asks for the next, null on the last."""

    items: tuple[TokenView, ...]
    """The tokens"""
    cursor: str | None
    """Where the next page begins"""


class RepositorySetting(Request):
    """A repository whose webhooks the workspace takes."""

    provider: Provider
    """Where it is; `mosaic` is the bot's own form"""
    name: RepositoryOrAll
    """As `owner/name`; `*` for all that no workspace names, where the deployment has it so"""


class JobTypeSetting(Request):
    """A kind of job."""

    profile: Profile
    """Who works on it unless another is asked for"""
    capabilities: Annotated[tuple[Capability, ...], Field(max_length=50)] = ()
    """What it cannot do without, beyond its profile and whatever the job itself asks for"""


class TriggersSetting(Request):
    """The job type that each thing said on a forge creates."""

    mentioned: Name
    """When the bot is mentioned"""
    assigned: Name
    """When an issue is assigned to it"""
    commented: Name
    """When the bot's own form says that somebody commented"""


class GrantSetting(Request):
    """That agents of a profile have a capability without further asking."""

    profile: Profile
    """Whose agents"""
    capability: Capability
    """What they may do"""
    repository: RepositoryOrAll = "*"
    """The repository that it is for; `*`, which is all, unless given"""


class StandingApprovalSetting(Request):
    """A standing approval as it is: one that is left out is withdrawn."""

    profile: Profile
    """Whose agents"""
    capability: Capability
    """What they may do"""
    repository: RepositoryOrAll
    """The repository that it is for"""
    branch: Branch | None = None
    """The branch that it is for; unless given, that of each job's own"""
    paths: Paths = ()
    """The files and folders that it is for; the whole repository unless given"""
    until: SentTime
    """When it ends"""
    approved_by: Annotated[str, Field(max_length=300)]
    """Who approved it"""
    approved_at: SentTime
    """When"""
    reason: Annotated[str, Field(max_length=1000)]
    """Why, in their words"""
    job_id: Annotated[str, Field(max_length=64)]
    """The job that it was given with"""


class ChangeWorkspace(Request):
    """The whole configuration as it should be: what is there now, with changes."""

    version: Annotated[SentInt, Field(ge=0, le=2**53)]
    """The version that was looked at; when it has changed meanwhile, nothing is done"""
    id: Annotated[str, Field(max_length=200)] | None = None
    """The workspace's own id, if any"""
    name: Annotated[str, Field(max_length=100)]
    """What it is called"""
    repositories: Annotated[tuple[RepositorySetting, ...], Field(max_length=MAX_REPOSITORIES)]
    """Where its webhooks come from"""
    job_types: Annotated[dict[Name, JobTypeSetting], Field(min_length=1, max_length=MAX_TYPES)]
    """Its kinds of job, by name"""
    gates: GateRules | None = None
    """What its jobs have to prove; as it is unless given, without the types that are no more"""
    triggers: TriggersSetting
    """What is made of what is said on a forge"""
    grants: Annotated[tuple[GrantSetting, ...], Field(max_length=MAX_GRANTS)]
    """What its agents may do without asking"""
    forge_admins: Annotated[tuple[ForgePerson, ...], Field(max_length=MAX_ADMINS)]
    """Who may approve by comment, as `provider:login`"""
    forge_members: Annotated[tuple[ForgePerson, ...], Field(max_length=MAX_MEMBERS)] | None = None
    """Whom else it knows; as they are unless given"""
    policies: Annotated[str, Field(max_length=MAX_POLICY_BYTES)] | None = None
    """Its own policies, Cedar text of at most 32 KiB; as they are unless given"""
    people: Annotated[dict[PersonName, Actors], Field(max_length=MAX_PEOPLE)] | None = None
    """People who act under several names, with these; as they are unless given"""
    self_approval: SentBool | None = None
    """Whether who asked for a job may approve it; as it is unless given"""
    approval_timeout_seconds: Annotated[SentInt, Field(ge=60, le=30 * 86400)] | None = None
    """How long a job waits for approval before it is denied; as it is unless given"""
    standing_approvals: (
        Annotated[tuple[StandingApprovalSetting, ...], Field(max_length=MAX_STANDING)] | None
    ) = None
    """The standing approvals that stay, as they are; all unless given"""
    gate_timeout_seconds: Annotated[SentInt, Field(ge=60, le=30 * 86400)]
    """How long a job waits for the reports of its gates"""
    max_dispatch_tries: Annotated[SentInt, Field(ge=1, le=100)]
    """How often a gateway that is away is asked to run a job"""
    max_running: MaxRunning | None = None
    """How many jobs run at once; null for no limit, as it is unless given"""
    prices: PricesSetting | None = None
    """What models cost; null for nothing known, as they are unless given"""
    daily_budget: BudgetSetting | None = None
    """The most that its runs may use in a day; null for no bound, as it is unless given"""
    webhook_secret_id: Annotated[str, Field(max_length=2048)] | None = None
    """As it is, if any: it is set by whoever runs the deployment"""


class WorkspaceView(Value):
    """A workspace as its admins see it."""

    id: str
    """The workspace's id"""
    name: str
    """What it is called"""
    version: int
    """Counts the changes by API"""
    repositories: tuple[Repository, ...]
    """Where its webhooks come from"""
    job_types: dict[str, JobType]
    """Its kinds of job, by name"""
    gates: tuple[GateRule, ...]
    """What its jobs have to prove"""
    triggers: Triggers
    """What is made of what is said on a forge"""
    grants: tuple[Grant, ...]
    """What its agents may do without asking"""
    forge_admins: tuple[str, ...]
    """Who may approve by comment, as `provider:login`"""
    forge_members: tuple[str, ...]
    """Whom else it knows: what it grants counts for nobody else who asks on a forge"""
    policies: str
    """Its own policies, which decide together with the base policies"""
    people: dict[str, tuple[str, ...]]
    """People who act under several names, with these"""
    self_approval: bool
    """Whether who asked for a job may approve it"""
    approval_timeout_seconds: int
    """How long a job waits for approval before it is denied"""
    standing_approvals: tuple[StandingApproval, ...]
    """What was approved for later jobs too"""
    gate_timeout_seconds: int
    """How long a job waits for the reports of its gates"""
    max_dispatch_tries: int
    """How often a gateway that is away is asked to run a job"""
    max_running: int | None
    """How many jobs run at once, if that is limited"""
    prices: Prices | None
    """What models cost, if that is known"""
    daily_budget: DailyBudget | None
    """The most that its runs may use in a day, if that is bounded"""
    webhook_secret_id: str | None = None
    """The name of the secret that signs its webhooks, where it has one of its own"""

    @classmethod
    def of(cls, workspace: Workspace) -> WorkspaceView:
        """What may be shown of the workspace."""
        return cls.model_validate({name: getattr(workspace, name) for name in cls.model_fields})
