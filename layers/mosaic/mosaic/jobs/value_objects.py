"""The value objects of a job. Pure."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from mosaic.base import Timestamp, Value
from mosaic.jobs.limits import MAX_BRIEF_REASONS
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import Decision, Phase, StepStatus, StepType
from mosaic.money import Cost

CommitBy = Literal["push", "run", "check", "token"]
"""The source that named a job's commit: a push to its branch, the run, a forge's check, or an API token."""


class Source(Value):
    """The origin of a job: the channel, the requester and the page of the request."""

    kind: Literal["api", "dispatch", "mosaic", "github", "gitea", "forgejo"]
    """The channel of the request"""
    actor: str
    """The actor that requested the job"""
    role: RequesterRole | None = None
    """The lowest role of those who wrote the texts for the agent; a `guest` is unknown to the workspace"""
    actor_role: RequesterRole | None = None
    """The role of the actor alone, if it wrote on a forge"""
    trigger: Literal["assigned", "mentioned", "commented"] | None = None
    """The event on the forge that requested the job"""
    url: str | None = None
    """The page of the request"""


class IssueContext(Value):
    """The text of an issue from the forge. Anyone may have written it: it must be treated as data."""

    title: str = ""
    """The title of the issue"""
    body: str = ""
    """The text of the issue, cut to 16 KiB"""
    author: str | None = None
    """The actor that wrote title and body, if known"""
    author_role: RequesterRole | None = None
    """The role of the actor that wrote title and body; null without such a text"""
    url: str | None = None
    """The page of the issue"""
    labels: tuple[str, ...] = ()
    """The labels of the issue"""

    @property
    def task(self) -> str:
        """The title and the body as one text."""
        return f"{self.title}\n\n{self.body}".strip()


class AgentText(Value):
    """The part of the message to the agent that people have a say in: the limits, the task, and the quoted
    texts of the issue with their authors. The run's token and its URL are not in it.
    """

    text: str
    """The text, exactly as the agent gets it"""
    hash: str
    """The SHA-256 of the text in UTF-8, as `sha256:` and hex digits"""


class Reason(Value):
    """A reason for a guard decision: the policy, its text and the capability."""

    policy: str
    """The policy that decided"""
    reason: str
    """The policy's text for people"""
    capability: str | None = None
    """The capability in question"""


class Observation(Reason):
    """A decision that a policy in observe mode would have made, had it been enforced."""

    would: Decision
    """The decision on the capability, had the policy been enforced"""


class StandingApproval(Value):
    """A person's approval of a capability for later jobs of a profile and repository, until a date.

    It covers no more than the approved job did: its branch and its paths.
    """

    profile: str
    """The approved agent profile"""
    capability: str
    """The approved capability"""
    repository: str
    """The repository that it covers"""
    branch: str | None = None
    """The branch that it covers; each job's default branch if absent"""
    paths: tuple[str, ...] = ()
    """The files and folders that it covers; the whole repository if empty"""
    until: Timestamp
    """The time at which it ends"""
    approved_by: str
    """The person that approved it"""
    approver_creators: tuple[str, ...] = ()
    """The actors that created the approver's token, the nearest first"""
    approved_at: Timestamp
    """The time of the approval"""
    reason: str
    """The reason given with the approval"""
    job_id: str
    """The job that it was approved with"""


class GuardDecision(Value):
    """The decision of the guard rails for an attempt."""

    decision: Decision
    """The decision on the job"""
    reasons: tuple[Reason, ...] = ()
    """The reasons, by policy"""
    capabilities: tuple[str, ...] = ()
    """The capabilities that the agent has"""
    refused: tuple[str, ...] = ()
    """The requested capabilities that are denied or need approval"""
    tools: tuple[str, ...] = ()
    """The gateway's tools that the capabilities allow"""
    standing: tuple[StandingApproval, ...] = ()
    """The standing approvals that were used"""
    observed: tuple[Observation, ...] = ()
    """The decisions that policies in observe mode would have changed"""
    policy_set: str
    """The hash of the base policies and the workspace's policies"""

    def brief(self) -> GuardDecision:
        """Returns the decision for lists: only the first MAX_BRIEF_REASONS reasons, which matter most."""
        few = {"reasons": self.reasons[:MAX_BRIEF_REASONS], "observed": self.observed[:MAX_BRIEF_REASONS]}
        return self.model_copy(update=few)


class Approval(Value):
    """A person's answer to an approval request."""

    approved: bool
    """True if the job was approved, false if it was denied"""
    actor: str
    """The person that answered"""
    text_hash: str | None = None
    """The hash of the agent's text at the time of the answer"""
    creators: tuple[str, ...] = ()
    """The actors that created the person's token, the nearest first"""
    reason: str
    """The reason given with the answer"""
    capabilities: tuple[str, ...]
    """The capabilities that the answer covers"""
    scope: Literal["job", "repository"] = "job"
    """`job` for this job only, `repository` for later jobs too"""
    standing: tuple[str, ...] = ()
    """The capabilities that later jobs of the profile and repository have without a new approval"""
    until: Timestamp | None = None
    """The end of the standing approval"""
    at: Timestamp
    """The time of the answer"""


class QualityDecision(Value):
    """The gates of an attempt, and the time for their reports after the run ended.

    With `require_push`, only a commit that a push to the job's branch named is validated.
    """

    gates: tuple[str, ...]
    timeout_seconds: int
    require_push: bool = True


class Step(Value):
    """One step of an attempt."""

    ordinal: int
    """The number of the step in the job, from 1"""
    attempt: int
    """The number of the attempt"""
    phase: Phase
    """The phase of the attempt"""
    type: StepType
    """The type of the step"""
    name: str
    """The name of the step, unique in an attempt"""
    status: StepStatus
    """The status of the step"""
    started_at: Timestamp | None = None
    """The time at which it started"""
    completed_at: Timestamp | None = None
    """The time at which it ended"""
    duration_ms: int | None = None
    """The duration, in milliseconds"""
    tokens_input: int | None = None
    """Tokens that the model read"""
    tokens_output: int | None = None
    """Tokens that the model wrote"""
    model: str | None = None
    """The model"""
    cost: Cost | None = None
    """The cost of the tokens, by the prices at the start of the attempt"""
    output: str | None = None
    """The first 4 KiB of the output"""


class Dispatch(Value):
    """The dispatch intent of an attempt, saved before the gateway is called.

    `key`, `at` and the tries belong to the attempt: the same key with another `at` would run the agent again.
    `late_count` counts the new dispatches that the gateway found too late. `unsent` means that `at` was moved
    and no call was made since. `scheduled_run_id` is set when the gateway has accepted the run. A run over
    the `hooks` transport can be neither reconciled nor stopped.
    """

    key: str
    agent: str
    tools: tuple[str, ...]
    at: Timestamp
    deadline: Timestamp
    message_version: int
    tries: int = 0
    late_count: int = 0
    unsent: bool = False
    scheduled_run_id: str | None = None
    last_error: str | None = None
    transport: Literal["rpc", "hooks"] = "rpc"


class RunHandle(Value):
    """A run that the gateway may still hold: its key, and the gateway's id if known."""

    key: str
    id: str | None = None
    can_be_stopped: bool = True


class Result(Value):
    """The result of the agent's run."""

    summary: str = ""
    """The first 64 KiB of the agent's last message"""
    model: str | None = None
    """The model"""
    provider: str | None = None
    """The provider of the model"""
    tokens_input: int | None = None
    """Tokens that the model read"""
    tokens_output: int | None = None
    """Tokens that the model wrote"""
    duration_ms: int | None = None
    """The duration of the run, in milliseconds"""
    commit_sha: str | None = None
    """The commit that the run named in its last message"""


class JobError(Value):
    """The error of a failed job."""

    code: str
    """The code of the error, for programs"""
    title: str
    """The error as a sentence"""
    remedy: str
    """The way to fix it"""
    retryable: bool
    """True if a retry can succeed before anything else has changed"""


class RunReport(Value):
    """A report of a run that changes no other field of the job."""

    kind: Literal["output", "tool_call", "artifact", "progress"]
    step: int | None = None
    payload: dict[str, Any] = Field(default_factory=dict)


class Change(Value):
    """The change that made this version of the job: actor, time, reason, and the run's reports."""

    actor: str
    at: Timestamp
    reason: str | None = None
    reports: tuple[RunReport, ...] = ()
