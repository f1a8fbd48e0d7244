"""The job aggregate: one item with a version. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mosaic.base import Timestamp, Value
from mosaic.jobs.attempt_records import AttemptRecord, Cancelled
from mosaic.jobs.gates import Gate, Override, PushRecord, Superseded
from mosaic.jobs.ids import short_code
from mosaic.jobs.limits import MAX_BRIEF_BYTES, MAX_PRIORITY
from mosaic.jobs.next_action import NextAction, next_action
from mosaic.jobs.roles import RequesterRole
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.text import cut
from mosaic.jobs.usage import Usage, usage_of_job
from mosaic.jobs.value_objects import (
    Approval,
    Change,
    CommitBy,
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
    """The job's id, a ULID: newer jobs have greater ids"""
    workspace_id: str
    """The workspace of the job"""


class _Requested(Value):
    workspace_id: str
    """The workspace of the job"""
    type: str
    """The job type, one of the workspace's"""
    profile: str
    """The agent profile that works on the job"""
    instructions: str
    """The task for the agent"""
    repository: str | None = None
    """The repository to work on, as `owner/name`"""
    repository_id: str | None = None
    """The forge and its id of the repository, such as `github:1234`; a rename keeps it; null if unknown"""
    branch: str | None = None
    """The branch that the agent may push to"""
    paths: tuple[str, ...] = ()
    """The files and folders to work on; the whole repository if empty"""
    issue_number: int | None = None
    """The issue or pull request to work on"""
    agent_task_id: str | None = None
    """The caller's own id for the job"""
    priority: int = 5
    """The priority, from 0 to 9; jobs from 7 on use the urgent queue"""
    max_attempts: int = 1
    """The number of attempts before the job fails"""
    timeout_seconds: int = 1800
    """The time limit of the agent's run, in seconds"""
    run_at: Timestamp | None = None
    """The earliest start time"""
    source: Source
    """The origin of the request"""
    requested_capabilities: tuple[str, ...] = ()
    """The capabilities that the job needs in addition to its profile's"""


class Draft(_Requested):
    """A request for a job.

    `instructions_untrusted` marks instructions that were written on a forge: the agent must treat them as
    data. `context` holds the text of the issue.
    """

    instructions_untrusted: bool = False
    context: IssueContext = IssueContext()


class _Stored(_Requested, _Identified):
    status: JobStatus
    """The status of the job"""
    context: IssueContext = IssueContext()
    """The texts of the issue when the job was requested; the agent gets them as data"""
    phase: Phase | None = None
    """The current phase of the attempt"""
    waiting: Waiting | None = None
    """The reason for waiting: a delay, an approval, a slot, or the gateway"""
    attempt: int = 1
    """The number of the current attempt, from 1"""
    progress_percent: int = 0
    """The progress that the run reported, in percent"""
    guard: GuardDecision | None = None
    """The decision of the guard rails for this attempt"""
    approval: Approval | None = None
    """The answer to the approval request"""
    instructions_by: str | None = None
    """The actor that last changed the instructions, if they were changed"""
    instructions_role: RequesterRole | None = None
    """The role of the actor that last changed the instructions"""
    retried_by: tuple[str, ...] = ()
    """The actors that retried the job; each counts as a requester"""
    gates: tuple[Gate, ...] = ()
    """The gates of this attempt"""
    overrides: tuple[Override, ...] = ()
    """The latest twenty gate overrides of all attempts; the events hold all of them"""
    commit_sha: str | None = None
    """The commit that this attempt is validated against"""
    commit_by: CommitBy | None = None
    """The source that named the commit: a `push` to the branch, the `run`, a forge's `check`, or a `token`"""
    result: Result | None = None
    """The result of the agent's run"""
    error: JobError | None = None
    """The error, if the job failed"""
    cancelled: Cancelled | None = None
    """The cancellation, while the job is CANCELLED"""
    version: int = 1
    """The version of the job, from 1; each change increases it"""
    created_at: Timestamp
    """The time of the request"""
    queued_at: Timestamp | None = None
    """The time at which it was last queued"""
    retry_at: Timestamp | None = None
    """The time before which a queued job is not tried again"""
    started_at: Timestamp | None = None
    """The time at which the attempt started"""
    completed_at: Timestamp | None = None
    """The time at which the job ended"""
    expires_at: Timestamp | None = None
    """The deadline of the current wait: for the run, the gates, or the approval"""


class JobView(_Stored):
    """A job as the API shows it."""

    short_code: str
    """The last six characters of the id in lower case, by which commands on an issue name the job"""
    next: NextAction
    """The next action, and the actor that has to take it"""
    updated_at: Timestamp
    """The time of the latest change"""
    usage: Usage | None = None
    """The usage of all attempts together; null before the first run"""


class Job(_Stored):
    """The job aggregate. Only `mosaic.jobs.lifecycle` changes it, only `mosaic.storage.jobs` saves it.

    - `due_at`: the time at which the stitcher must process the job again; None if nothing is left to do
    - `commands`: the claims of the latest comment commands, so that a repeated delivery changes nothing
    - `batches`: the ids of the latest report batches of the attempt's run
    - `prices`: the model prices at the start of the attempt
    - `past_attempts`: the records of the earlier attempts
    - `earlier_runs`: the runs of earlier attempts that the gateway may still hold
    - `commit_at`: the time at which `commit_sha` was pushed or reported
    - `pushed_commits`: the latest commits that pushes to the job's branch named, in all attempts
    - `push_records`: what the pushes to the job's branch changed, for gates that Mosaic reports itself
    - `superseded`: the commits that newer commits replaced
    - `other_commit_gates`: the attempt's gate reports on other commits
    - `version_hash`: the hash that the events of this version carry; the store computes it, and `==` ignores it
    """

    instructions_untrusted: bool = False
    quality: QualityDecision | None = None
    steps: tuple[Step, ...] = ()
    past_attempts: tuple[AttemptRecord, ...] = ()
    dispatch: Dispatch | None = None
    prices: Prices | None = None
    earlier_runs: tuple[RunHandle, ...] = ()
    commands: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    commit_at: Timestamp | None = None
    pushed_commits: tuple[str, ...] = ()
    push_records: tuple[PushRecord, ...] = ()
    superseded: tuple[Superseded, ...] = ()
    other_commit_gates: tuple[Gate, ...] = ()
    change: Change
    due_at: Timestamp | None = None
    version_hash: str | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and {**dict(self), "version_hash": None} == {
            **dict(other),
            "version_hash": None,
        }

    def evolve(self, **changes: Any) -> Job:
        """Returns a validated copy with `changes` applied. Raises pydantic.ValidationError for an invalid
        value.
        """
        return Job.model_validate({**self.__dict__, **changes})

    @property
    def short_code(self) -> str:
        """The code by which commands on an issue name the job."""
        return short_code(self.id)

    @property
    def command_code(self) -> str:
        """The code for a command on the issue, with the attempt if an approval has to name it."""
        names_attempt = self.waiting is Waiting.APPROVAL and self.attempt > 1
        return f"{self.short_code}-{self.attempt}" if names_attempt else self.short_code

    @property
    def push_branch(self) -> str:
        """The branch that the agent pushes to, if it may push."""
        return self.branch or f"mosaic/{self.id}"

    @property
    def requires_push(self) -> bool:
        """True if only a push to the job's branch may name the commit that is validated."""
        return self.repository is not None and self.quality is not None and self.quality.require_push

    @property
    def awaited_commit(self) -> str | None:
        """The commit that the run named and no push has named yet; None where no push has to name it."""
        named = self.result.commit_sha if self.result else None
        if named is None or named in self.pushed_commits:
            return None
        replaced = any((old.attempt, old.sha) == (self.attempt, named) for old in self.superseded)
        return named if not replaced and (self.requires_push or self.commit_by == "push") else None

    @property
    def awaits_push(self) -> bool:
        """True if the attempt cannot be validated before a push names its commit."""
        return self.awaited_commit is not None or (self.requires_push and self.commit_sha is None)

    @property
    def run_handles(self) -> tuple[RunHandle, ...]:
        """All runs of the job that the gateway may hold."""
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
        """The actors that requested the job, its current instructions, or one of its attempts."""
        return frozenset({self.source.actor, self.instructions_by or self.source.actor, *self.retried_by})

    @property
    def updated_at(self) -> datetime:
        """The time of the latest change."""
        return self.change.at

    @property
    def usage(self) -> Usage | None:
        """The usage of all attempts together."""
        return usage_of_job(self.steps)

    @property
    def next(self) -> NextAction:
        """The next action, and the actor that has to take it."""
        return next_action(self)

    @property
    def queue_position(self) -> str:
        """The job's sort key in a wait queue: by priority, then by age."""
        return f"{MAX_PRIORITY - self.priority}#{self.id}"

    def view(self) -> JobView:
        """Returns the job as the API shows it."""
        return JobView.model_validate({name: getattr(self, name) for name in JobView.model_fields})

    def brief(self) -> JobView:
        """Returns the job for lists: long texts are cut to MAX_BRIEF_BYTES and marked, guard reasons are
        limited.
        """
        shown = self.view()
        result = shown.result
        if result:
            result = result.model_copy(update={"summary": cut(result.summary, MAX_BRIEF_BYTES)})
        guard = shown.guard.brief() if shown.guard else None
        body = cut(shown.context.body, MAX_BRIEF_BYTES)
        texts = {
            "instructions": cut(shown.instructions, MAX_BRIEF_BYTES),
            "context": shown.context.model_copy(update={"body": body}),
            "result": result,
        }
        gates = tuple(gate.brief() for gate in shown.gates)
        return shown.model_copy(update={**texts, "guard": guard, "gates": gates})
