"""The job aggregate: one item, one version, everything that is known of a piece of work. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from mosaic.base import Timestamp, Value
from mosaic.jobs.text import cut

MAX_INPUT_BYTES = 64 * 1024
MAX_RESULT_BYTES = 64 * 1024
MAX_OUTPUT_BYTES = 4 * 1024
# What a list shows of instructions and summary: a hundred jobs of the longest must fit into Lambda's 6 MB.
MAX_BRIEF_BYTES = 2 * 1024
MAX_STEPS = 200
MAX_COMMANDS = 50
MAX_BATCHES = 50
# What one batch of reports may say in all; the next version forgets it again, the events keep it.
MAX_BATCH_BYTES = 64 * 1024
# Outputs of all steps together: 64 KiB in, 64 KiB out and this keep the item below half of DynamoDB's 400 KB.
MAX_OUTPUTS_BYTES = 64 * 1024


class JobStatus(StrEnum):
    """Where a job stands; what may follow is `mosaic.jobs.lifecycle.TRANSITIONS`."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Phase(StrEnum):
    """The part of an attempt that a job or a step is in."""

    SETUP = "SETUP"
    EXECUTION = "EXECUTION"
    VALIDATION = "VALIDATION"
    CLEANUP = "CLEANUP"


class StepType(StrEnum):
    """What kind of work a step is."""

    COMMAND = "COMMAND"
    AI_ACTION = "AI_ACTION"
    GATE = "GATE"
    ARTIFACT = "ARTIFACT"


class StepStatus(StrEnum):
    """Where a step stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class GateStatus(StrEnum):
    """Where a gate stands; only PASSED and FORCED let a job complete."""

    PENDING = "PENDING"
    PASSED = "PASSED"
    FAILED = "FAILED"
    ERROR = "ERROR"
    FORCED = "FORCED"


class Decision(StrEnum):
    """What the guard rails say."""

    ALLOW = "allow"
    DENY = "deny"
    APPROVAL_REQUIRED = "approval_required"


class Waiting(StrEnum):
    """Why a job is PENDING."""

    DELAY = "delay"
    APPROVAL = "approval"


class Source(Value):
    """Where a job came from: the door, who asked, and the page they asked on."""

    kind: Literal["api", "dispatch", "mosaic", "github", "gitea"]
    """The door that it came through"""
    actor: str
    """Who asked"""
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
    policy_set: str
    """The hash of the policies that decided"""


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
    at: Timestamp
    """When"""


class Gate(Value):
    """One thing that must be proven before the job may call itself done."""

    id: str
    """The gate's name"""
    status: GateStatus = GateStatus.PENDING
    """What was reported last"""
    mandatory: bool = True
    """Whether the job cannot complete without it"""
    reporter: str = "reporter"
    """The role that reports it"""
    reported_by: str | None = None
    """Who reported last"""
    commit_sha: str | None = None
    """The commit that the report is about"""
    url: str | None = None
    """Where the report can be looked at"""
    details: str | None = None
    """What the reporter adds"""
    reason: str | None = None
    """Why an admin forced it"""


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
    output: str | None = None
    """What it printed, the first 4 KiB"""


class Dispatch(Value):
    """The order that an attempt gives to the gateway, stored before the gateway is called.

    `key`, `at` and the tries belong to the attempt: the same key with another `at` would run the agent again.
    `declaration_id` is set once the gateway has accepted.
    """

    key: str
    agent: str
    tools: tuple[str, ...]
    at: Timestamp
    deadline: Timestamp
    message_version: int
    tries: int = 0
    declaration_id: str | None = None
    last_error: str | None = None


class Declaration(Value):
    """A run that the gateway may still hold: the key it was ordered with, and the gateway's id if known."""

    key: str
    id: str | None = None


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
    """Whether a retry can help"""


class Said(Value):
    """Something that a run told about itself and that leaves no other mark in the job."""

    kind: Literal["output", "tool_call", "artifact", "progress"]
    step: int | None = None
    payload: dict[str, Any] = Field(default_factory=dict)


class Change(Value):
    """Who made this version of the job, when, in their own words why, and what else they said with it."""

    actor: str
    at: Timestamp
    reason: str | None = None
    said: tuple[Said, ...] = ()


class _Named(Value):
    id: str
    """A ULID: newer jobs have greater ids"""
    workspace_id: str
    """The workspace that the job belongs to"""


class _Asked(Value):
    workspace_id: str
    """The workspace that the job belongs to"""
    type: str
    """The kind of job, one of the workspace's"""
    profile: str
    """Who works on it"""
    instructions: str
    """What the agent is to do"""
    repository: str | None = None
    """The repository that it is about, as `owner/name`"""
    issue_number: int | None = None
    """The issue or pull request that it is about"""
    agent_task_id: str | None = None
    """The caller's own id for it"""
    priority: int = 5
    """How urgent it is; from 7 on the job takes the urgent lane"""
    max_attempts: int = 1
    """How often it is tried by itself"""
    timeout_seconds: int = 1800
    """How long the agent's run may take"""
    run_at: Timestamp | None = None
    """When it may begin at the earliest"""
    source: Source
    """Where it came from"""
    requested_capabilities: tuple[str, ...] = ()
    """What it cannot do without, beyond its profile"""


class Draft(_Asked):
    """What is asked for, before it is a job.

    `instructions_untrusted` says that the instructions are what somebody wrote on a forge: to the agent they are
    data, not orders. `context` is what else the forge said.
    """

    instructions_untrusted: bool = False
    context: IssueContext = IssueContext()


class JobView(_Asked, _Named):
    """What callers see of a job."""

    status: JobStatus
    """Where it stands"""
    phase: Phase | None = None
    """The part of the attempt that is under way"""
    waiting: Waiting | None = None
    """Why it is PENDING"""
    attempt: int = 1
    """Which attempt this is, from 1"""
    progress_percent: int = 0
    """How far the run says it has come"""
    guard: GuardDecision | None = None
    """What the guard rails decided for this attempt"""
    approval: Approval | None = None
    """What was answered when it needed an approval"""
    gates: tuple[Gate, ...] = ()
    """What must be proven in this attempt"""
    commit_sha: str | None = None
    """The commit that this attempt is judged by"""
    result: Result | None = None
    """What the agent's run gave"""
    error: JobError | None = None
    """Why it failed"""
    version: int = 1
    """Counts the changes of the job, from 1"""
    created_at: Timestamp
    """When it was asked for"""
    queued_at: Timestamp | None = None
    """When it was last queued"""
    retry_at: Timestamp | None = Field(
        default=None, description="Before when a queued job is not tried again"
    )
    """When it is tried again by itself"""
    started_at: Timestamp | None = None
    """When the attempt began"""
    completed_at: Timestamp | None = None
    """When it ended"""
    expires_at: Timestamp | None = None
    """When the current wait (run, gates, approval) is given up"""


class Job(JobView):
    """The whole aggregate. Changed only by `mosaic.jobs.lifecycle`, saved only by `mosaic.jobs.store`.

    `due_at` is when somebody should next look at the job; None when nothing is left to do.
    `commands` are the claims of the latest commands that were given by comment, so that a replay does nothing.
    `batches` are the ids of the latest batches that the attempt's run reported.
    `leftovers` are the runs of earlier attempts that the gateway may still hold.
    """

    instructions_untrusted: bool = False
    context: IssueContext = IssueContext()
    quality: QualityDecision | None = None
    steps: tuple[Step, ...] = ()
    dispatch: Dispatch | None = None
    leftovers: tuple[Declaration, ...] = ()
    commands: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    change: Change
    due_at: Timestamp | None = None

    def evolve(self, **changes: Any) -> Job:
        """A copy with `changes` applied and validated; raises pydantic.ValidationError on a wrong value."""
        return Job.model_validate({**dict(self), **changes})

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """Every run of the job that the gateway may hold."""
        order = self.dispatch
        return (
            (*self.leftovers, Declaration(key=order.key, id=order.declaration_id))
            if order
            else self.leftovers
        )

    def view(self) -> JobView:
        """The job as callers see it."""
        return JobView.model_validate({name: getattr(self, name) for name in JobView.model_fields})

    def brief(self) -> JobView:
        """The job as lists show it: long texts cut to MAX_BRIEF_BYTES and marked."""
        shown = self.view()
        result = shown.result
        if result:
            result = result.model_copy(update={"summary": cut(result.summary, MAX_BRIEF_BYTES)})
        return shown.model_copy(
            update={"instructions": cut(shown.instructions, MAX_BRIEF_BYTES), "result": result}
        )
