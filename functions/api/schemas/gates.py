"""What clients send and get of gate rules: the HTTP contract in types."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.jobs import Name, Number, NumberName
from mosaic.base import Request, SentBool, SentInt, Value
from mosaic.constraints import Matches
from mosaic.jobs.gates import Forge, Reporter, Threshold
from mosaic.jobs.value_objects import GuardDecision

MAX_RULES = 100
MAX_THRESHOLDS = 10
MAX_BY = 5

RepositoryOrAll = Annotated[
    str,
    Field(max_length=201, examples=["acme/shop"]),
    Matches(r"^(\*|[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100})$", "owner/name, or * for all"),
]
_Short = Annotated[str, Field(min_length=1, max_length=100)]


class AppliesWhenSetting(Request):
    """Which jobs a rule is for."""

    types: Annotated[tuple[Name, ...], Field(min_length=1, max_length=50)]
    """The job types"""
    repositories: Annotated[tuple[RepositoryOrAll, ...], Field(min_length=1, max_length=100)] = ("*",)
    """The repositories, as `owner/name`; `*`, unless given: all, and jobs that are about none"""
    labels: Annotated[tuple[_Short, ...], Field(max_length=20)] = ()
    """Labels of the issue, one of which it has to have; any issue if there are none"""


class ThresholdSetting(Request):
    """Limits on a number that the gate's report has to hold."""

    number: NumberName
    """The number's name in the report"""
    at_least: Number | None = None
    """The smallest that passes"""
    at_most: Number | None = None
    """The largest that passes"""


class ReporterSetting(Request):
    """Where the reports on a gate come from."""

    kind: Literal["token", "status", "check_run"] = "token"
    """`token` for API tokens; `status` and `check_run` for a check of a forge"""
    provider: Forge | None = None
    """The forge, for a check"""
    context: Annotated[str, Field(min_length=1, max_length=255, examples=["ci / test (push)"])] | None = None
    """The status's context, or the check run's name, exactly"""
    by: Annotated[tuple[_Short, ...], Field(max_length=MAX_BY)] = ()
    """The only logins (of a status) or apps (of a check run) whose word counts; everybody's if there are none"""


class GateRuleSetting(Request):
    """One gate of the jobs that it applies to."""

    id: Name
    """The gate's name"""
    applies_when: AppliesWhenSetting
    """Which jobs have to pass it"""
    passes_when: Annotated[tuple[ThresholdSetting, ...], Field(max_length=MAX_THRESHOLDS)] = ()
    """What the reported numbers have to be, beside the reporter's own word"""
    reporter: ReporterSetting = ReporterSetting()
    """Where its reports come from; API tokens unless given"""
    timeout_seconds: Annotated[SentInt, Field(ge=60, le=30 * 86400)] | None = None
    """How long its report may take; `gateTimeoutSeconds` unless given"""
    mandatory: SentBool = True
    """Whether a job cannot complete without it"""


GateRules = Annotated[tuple[GateRuleSetting, ...], Field(max_length=MAX_RULES)]


class PlannedGate(Value):
    """A gate that a job would have to pass, and where its report would come from."""

    id: str
    """The gate's name"""
    mandatory: bool
    """Whether the job could not complete without it"""
    reporter: Reporter
    """Where its reports would come from"""
    tokens: tuple[str, ...]
    """The names of API tokens that may report it now; none may report a forge's check"""
    passes_when: tuple[Threshold, ...]
    """What the reported numbers would have to be"""
    timeout_seconds: int
    """How long its report might take once the run has ended"""


class DryRun(Value):
    """What the rails would decide."""

    guard: GuardDecision
    """What the guard rails would decide"""
    gates: tuple[PlannedGate, ...]
    """What would have to be proven"""
    agent: str
    """The agent that would work on it"""
    tools: tuple[str, ...]
    """The gateway's tools that it would get"""
