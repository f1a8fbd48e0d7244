"""What clients send and get: the HTTP contract in types."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mosaic.base import Request, Timestamp, Value
from mosaic.events.model import Event
from mosaic.jobs.model import GuardDecision, JobStatus, JobView, Step

MAX_DELAY = timedelta(days=30)

Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9-]*$")]
Repository = Annotated[str, Field(max_length=200, pattern=r"^[\w.-]+/[\w.-]+$", examples=["acme/shop"])]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
CommitSha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Url = Annotated[str, Field(max_length=2048, pattern=r"^https?://")]


class JobRequest(Request):
    """What every way of asking for a job has in common."""

    instructions: Annotated[str, Field(min_length=1, max_length=65536)]
    profile: Name | None = None
    repository: Repository | None = None
    issue_number: Annotated[int, Field(ge=1, le=2**53)] | None = None
    agent_task_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    capabilities: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    priority: Annotated[int, Field(ge=0, le=9)] = 5
    timeout_seconds: Annotated[int, Field(ge=10, le=86400)] = 1800
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 1


class CreateJob(JobRequest):
    """A job of a type that the workspace has, now or at a time within thirty days."""

    type: Name
    run_at: Timestamp | None = None


class DispatchJob(JobRequest):
    """A manual dispatch; with `dryRun` the rails decide and nothing is created."""

    type: Name = "code-task"
    dry_run: bool = False


class CancelJob(Request):
    """Why a job is cancelled."""

    reason: Reason | None = None


class RetryJob(Request):
    """What should be different in the next attempt."""

    instructions: Annotated[str, Field(min_length=1, max_length=65536)] | None = None


class AnswerApproval(Request):
    """Why a job is approved or denied."""

    reason: Reason


class JobFilter(Request):
    """Which jobs are meant; what is left out lets every job pass."""

    status: Annotated[tuple[JobStatus, ...], Field(max_length=6)] = ()
    type: Name | None = None
    agent_task_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class BulkRequest(Request):
    """Many jobs: by their ids, or the newest `limit` that match a filter and that can be changed so."""

    ids: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=100)] = ()
    filter: JobFilter | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 100

    @model_validator(mode="after")
    def _names_jobs_one_way(self) -> Self:
        if bool(self.ids) == (self.filter is not None):
            raise ValueError("give either ids or a filter")
        return self


class BulkCancel(BulkRequest):
    """Many jobs to cancel, and why."""

    reason: Reason | None = None


class BulkRetry(BulkRequest):
    """Many jobs to retry."""


class BulkProblem(Value):
    """Why one of the jobs was left as it is."""

    code: str
    detail: str


class BulkOutcome(Value):
    """What became of one of the jobs: its status now, or the problem."""

    id: str
    ok: bool
    status: JobStatus | None = None
    problem: BulkProblem | None = None


class BulkAnswer(Value):
    """What became of each job, in the order asked; empty when a filter matched none."""

    items: tuple[BulkOutcome, ...]


class ReportGate(Request):
    """What a gate found, on which commit; `forced` is for admins, and gives its reason instead."""

    status: Literal["passed", "failed", "error", "skipped", "forced"]
    commit_sha: CommitSha | None = None
    url: Url | None = None
    details: Annotated[str, Field(max_length=4000)] | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _has_its_proof(self) -> Self:
        if self.status == "forced" and not self.reason:
            raise ValueError("a forced gate needs a reason")
        if self.status != "forced" and not self.commit_sha:
            raise ValueError("a report needs the commitSha that it is about")
        return self


class JobPage(Value):
    """One page of jobs, newest first; `cursor` asks for the next, null on the last."""

    items: tuple[JobView, ...]
    cursor: str | None


class JobDetail(JobView):
    """A job with its steps and the first page of its events; `eventsCursor` asks for what comes after."""

    steps: tuple[Step, ...]
    events: tuple[Event, ...]
    events_cursor: str | None = None


class StepList(Value):
    """All steps of all attempts, in order."""

    items: tuple[Step, ...]


class EventPage(Value):
    """Events in order; `cursor` asks for what comes after them."""

    items: tuple[Event, ...]
    cursor: str | None


class PlannedGate(Value):
    """A gate that a job would have to pass, and who would report it."""

    id: str
    reporter: str


class DryRun(Value):
    """What the rails would decide."""

    guard: GuardDecision
    gates: tuple[PlannedGate, ...]
    agent: str
    tools: tuple[str, ...]
