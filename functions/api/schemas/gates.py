"""Request and response bodies for gate rules."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.jobs import Name, Number, NumberName
from mosaic.base import Request, SentBool, SentInt, Value
from mosaic.constraints import Matches
from mosaic.jobs.gates import Forge, Reporter, ReporterKind, Threshold
from mosaic.jobs.value_objects import GuardDecision

MAX_RULES = 100
MAX_THRESHOLDS = 10
MAX_BY = 5
MAX_PATHS = 50
MAX_WORKFLOW = 255

RepositoryOrAll = Annotated[
    str,
    Field(max_length=201, examples=["acme/shop"]),
    Matches(r"^(\*|[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100})$", "owner/name, or * for all"),
]
_Short = Annotated[str, Field(min_length=1, max_length=100)]
_Reporter = Annotated[str, Field(min_length=1, max_length=MAX_WORKFLOW)]
ProtectedPath = Annotated[
    str,
    Field(max_length=200, examples=[".github/workflows/**"]),
    Matches(r"^(?!/)[^*\s][^*]*(/\*\*)?$", "a path from the root, or a folder with /** at its end"),
]


class AppliesWhenSetting(Request):
    """The jobs that a gate rule applies to."""

    types: Annotated[tuple[Name, ...], Field(min_length=1, max_length=50)]
    """The job types"""
    repositories: Annotated[tuple[RepositoryOrAll, ...], Field(min_length=1, max_length=100)] = ("*",)
    """The repositories, as `owner/name`; default: `*`, which matches all, and jobs without a repository"""
    labels: Annotated[tuple[_Short, ...], Field(max_length=20)] = ()
    """The issue needs at least one of these labels; default: any issue"""


class ThresholdSetting(Request):
    """Limits for a number in the gate's report."""

    number: NumberName
    """The number's name in the report"""
    at_least: Number | None = None
    """The smallest value that passes"""
    at_most: Number | None = None
    """The largest value that passes"""


class ReporterSetting(Request):
    """The source of a gate's reports."""

    kind: ReporterKind = "token"
    """`token` for API tokens; `oidc` for a CI's own OIDC tokens; `status` and `check_run` for checks of a forge;
    `mosaic` for Mosaic, which reads the files that pushes change
    """
    provider: Forge | None = None
    """The forge of the check"""
    context: Annotated[str, Field(min_length=1, max_length=255, examples=["ci / test (push)"])] | None = None
    """The exact context of the status, or name of the check run"""
    by: Annotated[tuple[_Reporter, ...], Field(max_length=MAX_BY)] = ()
    """The only logins (status), apps (check run) or workflow files (oidc) whose reports count; these kinds need it"""
    paths: Annotated[tuple[ProtectedPath, ...], Field(max_length=MAX_PATHS)] = ()
    """With `mosaic`: the files that no push may change, folders with `/**` at the end; default: workflow files"""


class GateRuleSetting(Request):
    """One gate of the jobs that it applies to."""

    id: Name
    """The gate's name"""
    applies_when: AppliesWhenSetting
    """The jobs that the gate applies to"""
    passes_when: Annotated[tuple[ThresholdSetting, ...], Field(max_length=MAX_THRESHOLDS)] = ()
    """Thresholds that the reported numbers must meet, in addition to the status `passed`"""
    reporter: ReporterSetting = ReporterSetting()
    """The source of the gate's reports; default: API tokens"""
    timeout_seconds: Annotated[SentInt, Field(ge=60, le=30 * 86400)] | None = None
    """The maximum wait for the report; default: the workspace's `gateTimeoutSeconds`"""
    mandatory: SentBool = True
    """Whether a job needs this gate to complete"""


GateRules = Annotated[tuple[GateRuleSetting, ...], Field(max_length=MAX_RULES)]


class PlannedGate(Value):
    """A gate that the job would have."""

    id: str
    """The gate's name"""
    mandatory: bool
    """Whether the job would need this gate to complete"""
    reporter: Reporter
    """The source of the gate's reports"""
    tokens: tuple[str, ...]
    """The names of the API tokens that may report the gate; empty for a forge's check"""
    passes_when: tuple[Threshold, ...]
    """Thresholds for the reported numbers"""
    timeout_seconds: int
    """The maximum time from the end of the run to the report"""


class DryRun(Value):
    """The decision that the rails would make."""

    guard: GuardDecision
    """The decision of the guard rails"""
    gates: tuple[PlannedGate, ...]
    """The gates of the job"""
    agent: str
    """The agent"""
    tools: tuple[str, ...]
    """The gateway tools of the agent"""
