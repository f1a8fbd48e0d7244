"""What a job is made of: each part a frozen value. Pure."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from mosaic.base import Timestamp, Value
from mosaic.jobs.limits import MAX_BRIEF_REASONS
from mosaic.jobs.states import Decision, Phase, StepStatus, StepType
from mosaic.money import Cost

RequesterRole = Literal["admin", "member", "guest"]


class Source(Value):
    """Where a job came from: the door, who asked and in what role, and the page they asked on."""

    kind: Literal["api", "dispatch", "mosaic", "github", "gitea"]
    """The door that it came through"""
    actor: str
    """Who asked"""
    role: RequesterRole | None = None
    """What they are in the workspace; a guest is somebody whom it does not know"""
    url: str | None = None
    """The page that it was asked on"""


class IssueContext(Value):
    """What the forge said of the issue: text written by anybody, to be treated as data only."""

    title: str = ""
    body: str = ""
    comment: str = ""
    url: str | None = None
    labels: tuple[str, ...] = ()


class Reason(Value):
    """Why the guard rails decided as they did: the policy, its text, and the capability in question."""

    policy: str
    """The policy that decided"""
    reason: str
    """What the policy says, for people"""
    capability: str | None = None
    """The capability that it is about"""


class Observation(Reason):
    """What a policy in observe mode would have changed, had it been enforced."""

    would: Decision
    """What would have been decided on the capability"""


class StandingApproval(Value):
    """A named person's yes to a capability, for later jobs too: of a profile, on a repository, until a date.

    It is no wider than what the person saw: the branch and the paths of that job.
    """

    profile: str
    """Whose agents"""
    capability: str
    """What they may do"""
    repository: str
    """The repository that it is for"""
    branch: str | None = None
    """The branch that it is for; unless given, that of each job's own"""
    paths: tuple[str, ...] = ()
    """The files and folders that it is for; the whole repository unless given"""
    until: Timestamp
    """When it ends"""
    approved_by: str
    """Who approved it"""
    approved_at: Timestamp
    """When"""
    reason: str
    """Why, in their words"""
    job_id: str
    """The job that it was given with"""


class GuardDecision(Value):
    """What the agent may do in this attempt, and why."""

    decision: Decision
    """What the policies say"""
    reasons: tuple[Reason, ...] = ()
    """Why, policy by policy"""
    capabilities: tuple[str, ...] = ()
    """What the agent may do"""
    refused: tuple[str, ...] = ()
    """What was asked for and is not allowed, or not yet"""
    tools: tuple[str, ...] = ()
    """The gateway's tools that the capabilities open"""
    standing: tuple[StandingApproval, ...] = ()
    """The standing approvals that stood for what is allowed"""
    observed: tuple[Observation, ...] = ()
    """What policies in observe mode would have decided otherwise"""
    policy_set: str
    """The hash of the policies that decided: the base policies and the workspace's"""

    def brief(self) -> GuardDecision:
        """The decision as lists show it: of its reasons the first MAX_BRIEF_REASONS, which matter most."""
        few = {"reasons": self.reasons[:MAX_BRIEF_REASONS], "observed": self.observed[:MAX_BRIEF_REASONS]}
        return self.model_copy(update=few)


class Approval(Value):
    """A named person's answer to a job that needed one."""

    approved: bool
    """Whether it was approved"""
    actor: str
    """Who answered"""
    reason: str
    """Why, in their words"""
    capabilities: tuple[str, ...]
    """What the answer was about"""
    scope: Literal["job", "repository"] = "job"
    """Whether it is for this job, or for later ones on the repository too"""
    standing: tuple[str, ...] = ()
    """What later jobs of the profile on the repository may do without asking"""
    until: Timestamp | None = None
    """Until when they may"""
    at: Timestamp
    """When"""


class QualityDecision(Value):
    """Which gates an attempt must pass, and how long their reports may take once the run has ended."""

    gates: tuple[str, ...]
    timeout_seconds: int


class Step(Value):
    """One piece of work in an attempt; `ordinal` counts through all attempts of the job."""

    ordinal: int
    """Its place among all steps of the job, from 1"""
    attempt: int
    """The attempt that it belongs to"""
    phase: Phase
    """The part of the attempt that it belongs to"""
    type: StepType
    """What kind of work it is"""
    name: str
    """What it is called, once in an attempt"""
    status: StepStatus
    """Where it stands"""
    started_at: Timestamp | None = None
    """When it began"""
    completed_at: Timestamp | None = None
    """When it ended"""
    duration_ms: int | None = None
    """How long it took, in milliseconds"""
    tokens_input: int | None = None
    """Tokens that the model read"""
    tokens_output: int | None = None
    """Tokens that the model wrote"""
    model: str | None = None
    """The model that answered"""
    cost: Cost | None = None
    """What the tokens cost by the prices when the attempt began, if the model had one"""
    output: str | None = None
    """What it printed, the first 4 KiB"""


class Dispatch(Value):
    """The order that an attempt gives to the gateway, stored before the gateway is called.

    `key`, `at` and the tries belong to the attempt: the same key with another `at` would run the agent again.
    `late` counts the orders that the gateway found too late though they were new. One is `unasked` when its time was
    moved, and no call has asked for it since. `scheduled_run_id` is set once the gateway has accepted. What is ordered
    at the door of `hooks` can be neither followed nor stopped.
    """

    key: str
    agent: str
    tools: tuple[str, ...]
    at: Timestamp
    deadline: Timestamp
    message_version: int
    tries: int = 0
    late: int = 0
    unasked: bool = False
    scheduled_run_id: str | None = None
    last_error: str | None = None
    transport: Literal["rpc", "hooks"] = "rpc"


class RunHandle(Value):
    """A run that the gateway may still hold: the key it was ordered with, and the gateway's id if known."""

    key: str
    id: str | None = None
    can_be_stopped: bool = True


class Result(Value):
    """What the agent's run gave."""

    summary: str = ""
    """What the agent said at its end, the first 64 KiB"""
    model: str | None = None
    """The model that answered"""
    provider: str | None = None
    """Who runs the model"""
    tokens_input: int | None = None
    """Tokens that the model read"""
    tokens_output: int | None = None
    """Tokens that the model wrote"""
    duration_ms: int | None = None
    """How long the run took, in milliseconds"""


class JobError(Value):
    """Why a job failed: a stable code, a sentence, what to do about it, and whether a retry can help."""

    code: str
    """What went wrong, for programs"""
    title: str
    """What went wrong, for people"""
    remedy: str
    """What to do about it"""
    retryable: bool
    """Whether a retry can help before anything else has changed"""


class RunReport(Value):
    """Something that a run told about itself and that leaves no other mark in the job."""

    kind: Literal["output", "tool_call", "artifact", "progress"]
    step: int | None = None
    payload: dict[str, Any] = Field(default_factory=dict)


class Change(Value):
    """Who made this version of the job, when, in their own words why, and what else they said with it."""

    actor: str
    at: Timestamp
    reason: str | None = None
    reports: tuple[RunReport, ...] = ()
