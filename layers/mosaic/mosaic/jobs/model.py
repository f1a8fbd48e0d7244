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
    actor: str
    url: str | None = None


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
    reason: str
    capability: str | None = None


class GuardDecision(Value):
    """What the agent may do in this attempt, and why."""

    decision: Decision
    reasons: tuple[Reason, ...] = ()
    capabilities: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    policy_set: str


class Approval(Value):
    """A named person's answer to a job that needed one."""

    approved: bool
    actor: str
    reason: str
    capabilities: tuple[str, ...]
    at: Timestamp


class Gate(Value):
    """One thing that must be proven before the job may call itself done."""

    id: str
    status: GateStatus = GateStatus.PENDING
    mandatory: bool = True
    reporter: str = "reporter"
    reported_by: str | None = None
    commit_sha: str | None = None
    url: str | None = None
    details: str | None = None
    reason: str | None = None


class QualityDecision(Value):
    """Which gates an attempt must pass, and how long their reports may take once the run has ended."""

    gates: tuple[str, ...]
    timeout_seconds: int


class Step(Value):
    """One piece of work in an attempt; `ordinal` counts through all attempts of the job."""

    ordinal: int
    attempt: int
    phase: Phase
    type: StepType
    name: str
    status: StepStatus
    started_at: Timestamp | None = None
    completed_at: Timestamp | None = None
    duration_ms: int | None = None
    tokens_input: int | None = None
    tokens_output: int | None = None
    output: str | None = None


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
    model: str | None = None
    provider: str | None = None
    tokens_input: int | None = None
    tokens_output: int | None = None
    duration_ms: int | None = None


class JobError(Value):
    """Why a job failed: a stable code, a sentence, what to do about it, and whether a retry can help."""

    code: str
    title: str
    remedy: str
    retryable: bool


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
    workspace_id: str


class _Asked(Value):
    workspace_id: str
    type: str
    profile: str
    instructions: str
    repository: str | None = None
    issue_number: int | None = None
    agent_task_id: str | None = None
    priority: int = 5
    max_attempts: int = 1
    timeout_seconds: int = 1800
    run_at: Timestamp | None = None
    source: Source
    requested_capabilities: tuple[str, ...] = ()


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
    phase: Phase | None = None
    waiting: Waiting | None = None
    attempt: int = 1
    progress_percent: int = 0
    guard: GuardDecision | None = None
    approval: Approval | None = None
    gates: tuple[Gate, ...] = ()
    commit_sha: str | None = None
    result: Result | None = None
    error: JobError | None = None
    version: int = 1
    created_at: Timestamp
    queued_at: Timestamp | None = None
    retry_at: Timestamp | None = Field(
        default=None, description="Before when a queued job is not tried again"
    )
    started_at: Timestamp | None = None
    completed_at: Timestamp | None = None
    expires_at: Timestamp | None = Field(
        default=None, description="When the current wait (run, gates, approval) is given up"
    )


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
