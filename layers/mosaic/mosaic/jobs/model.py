"""The job aggregate: one item, one version, everything that is known of a piece of work. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from mosaic.base import Timestamp, Value
from mosaic.jobs.attempt_records import AttemptRecord, Cancelled
from mosaic.jobs.gates import Gate, Override, Superseded
from mosaic.jobs.limits import MAX_BRIEF_BYTES, MAX_PRIORITY
from mosaic.jobs.next_action import NextAction, next_action
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.text import cut
from mosaic.jobs.usage import Usage, usage_of_job
from mosaic.jobs.value_objects import (
    Approval,
    Change,
    Dispatch,
    GuardDecision,
    IssueContext,
    JobError,
    QualityDecision,
    Result,
    RunHandle,
    Source,
    Step,
)
from mosaic.money import Prices


class _Identified(Value):
    id: str
    """A ULID: newer jobs have greater ids"""
    workspace_id: str
    """The workspace that the job belongs to"""


class _Requested(Value):
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
    branch: str | None = None
    """The branch that it may push to"""
    paths: tuple[str, ...] = ()
    """The files and folders that it is about; the whole repository if there are none"""
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


class Draft(_Requested):
    """What is asked for, before it is a job.

    `instructions_untrusted` says that the instructions are what somebody wrote on a forge: to the agent they are
    data, not orders. `context` is what else the forge said.
    """

    instructions_untrusted: bool = False
    context: IssueContext = IssueContext()


class _Stored(_Requested, _Identified):
    status: JobStatus
    """Where it stands"""
    phase: Phase | None = None
    """The part of the attempt that is under way"""
    waiting: Waiting | None = None
    """What it waits for: its time, an approval, a place among those that run, or the gateway"""
    attempt: int = 1
    """Which attempt this is, from 1"""
    progress_percent: int = 0
    """How far the run says it has come"""
    guard: GuardDecision | None = None
    """What the guard rails decided for this attempt"""
    approval: Approval | None = None
    """What was answered when it needed an approval"""
    instructions_by: str | None = None
    """Who changed the instructions last, if anybody has since the job was asked for"""
    gates: tuple[Gate, ...] = ()
    """What must be proven in this attempt"""
    overrides: tuple[Override, ...] = ()
    """Every gate that was forced, in any attempt; the newest twenty, and all in the events"""
    commit_sha: str | None = None
    """The commit that this attempt is judged by"""
    result: Result | None = None
    """What the agent's run gave"""
    error: JobError | None = None
    """Why it failed"""
    cancelled: Cancelled | None = None
    """Who cancelled it, while it is CANCELLED"""
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


class JobView(_Stored):
    """What callers see of a job."""

    next: NextAction
    """What happens next, and who has to act"""
    updated_at: Timestamp
    """When it last changed"""
    usage: Usage | None = None
    """What all its attempts have used together, once the first has come to run"""


class Job(_Stored):
    """The whole aggregate. Changed only by `mosaic.jobs.lifecycle`, saved only by `mosaic.storage.jobs`.

    `due_at` is when somebody should next look at the job; None when nothing is left to do.
    `commands` are the claims of the latest commands that were given by comment, so that a replay does nothing.
    `batches` are the ids of the latest batches that the attempt's run reported.
    `prices` are those of the models when the attempt began.
    `past_attempts` are the attempts before the present one, as they ended.
    `leftovers` are the runs of earlier attempts that the gateway may still hold.
    `commit_at` is when the commit that it is judged by is known to have been pushed, or there; `superseded` are those
    that newer ones took the place of; `other_commit_gates` holds the attempt's gates as they stand on other commits.
    `chain` is the hash that the events of this version carry. The store makes it; it says nothing of the job, so
    that two jobs that differ in nothing else are equal.
    """

    instructions_untrusted: bool = False
    context: IssueContext = IssueContext()
    quality: QualityDecision | None = None
    steps: tuple[Step, ...] = ()
    past_attempts: tuple[AttemptRecord, ...] = ()
    dispatch: Dispatch | None = None
    prices: Prices | None = None
    earlier_runs: tuple[RunHandle, ...] = ()
    commands: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    commit_at: Timestamp | None = None
    superseded: tuple[Superseded, ...] = ()
    other_commit_gates: tuple[Gate, ...] = ()
    change: Change
    due_at: Timestamp | None = None
    chain: str | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and {**dict(self), "chain": None} == {**dict(other), "chain": None}

    def evolve(self, **changes: Any) -> Job:
        """A copy with `changes` applied and validated; raises pydantic.ValidationError on a wrong value."""
        return Job.model_validate({**self.__dict__, **changes})

    @property
    def push_branch(self) -> str:
        """The branch that the agent is to push to, if it may push at all."""
        return self.branch or f"mosaic/{self.id}"

    @property
    def run_handles(self) -> tuple[RunHandle, ...]:
        """Every run of the job that the gateway may hold."""
        dispatch = self.dispatch
        if dispatch is None:
            return self.earlier_runs
        stop = dispatch.transport == "rpc"
        return (
            *self.earlier_runs,
            RunHandle(key=dispatch.key, id=dispatch.scheduled_run_id, can_be_stopped=stop),
        )

    @property
    def requesters(self) -> frozenset[str]:
        """Who asked for what the attempt does: for the job, or for the instructions as they now are."""
        return frozenset({self.source.actor, self.instructions_by or self.source.actor})

    @property
    def updated_at(self) -> datetime:
        """When the latest version was made."""
        return self.change.at

    @property
    def usage(self) -> Usage | None:
        """What all attempts have used together."""
        return usage_of_job(self.steps)

    @property
    def next(self) -> NextAction:
        """What happens next, and who has to act."""
        return next_action(self)

    @property
    def queue_position(self) -> str:
        """Where the job stands among those that wait for the same: the more urgent before the older."""
        return f"{MAX_PRIORITY - self.priority}#{self.id}"

    def view(self) -> JobView:
        """The job as callers see it."""
        return JobView.model_validate({name: getattr(self, name) for name in JobView.model_fields})

    def brief(self) -> JobView:
        """The job as lists show it: long texts cut to MAX_BRIEF_BYTES and marked, of a decision the first reasons."""
        shown = self.view()
        result = shown.result
        if result:
            result = result.model_copy(update={"summary": cut(result.summary, MAX_BRIEF_BYTES)})
        guard = shown.guard.brief() if shown.guard else None
        texts = {"instructions": cut(shown.instructions, MAX_BRIEF_BYTES), "result": result}
        gates = tuple(gate.brief() for gate in shown.gates)
        return shown.model_copy(update={**texts, "guard": guard, "gates": gates})
