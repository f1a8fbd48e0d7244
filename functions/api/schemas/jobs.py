"""Request and response bodies for jobs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from api.paths import Branch, Paths
from mosaic.base import Request, SentBool, SentInt, SentTime, Value
from mosaic.constraints import Matches, WebAddress, field_error
from mosaic.events.model import Event
from mosaic.forge.payload import RepositoryName
from mosaic.jobs.attempt_records import AttemptView
from mosaic.jobs.model import JobView
from mosaic.jobs.reports import MAX_REPORTS, Report
from mosaic.jobs.states import JobStatus
from mosaic.jobs.value_objects import AgentText, Step
from mosaic.rails.capabilities import CAPABILITIES, PROFILES

MAX_DELAY = timedelta(days=30)

Name = Annotated[
    str,
    Field(min_length=1, max_length=64),
    Matches(r"^[a-z0-9][a-z0-9-]*$", "a name of lower-case letters, digits and dashes, such as code-task"),
]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]
CommitSha = Annotated[
    str, Matches(r"^[0-9a-f]{40}([0-9a-f]{24})?$", "a whole commit hash: 40 or 64 hex digits in lower case")
]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e15, le=1e15)]
NumberName = Annotated[
    str,
    Matches(r"^[a-z][a-z0-9_-]{0,63}$", "a name of lower-case letters, digits, - and _, such as coverage"),
]
Numbers = Annotated[dict[NumberName, Number], Field(max_length=20)]


def one_of(names: Collection[str]) -> Callable[[str], str]:
    """Returns a validator that accepts only these names."""

    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"should be one of {', '.join(sorted(names))}")
        return name

    return check


def enum_of(names: Collection[str]) -> WithJsonSchema:
    """Returns the JSON schema of these names."""
    return WithJsonSchema({"type": "string", "enum": sorted(names)})


Profile = Annotated[str, AfterValidator(one_of(PROFILES)), enum_of(PROFILES)]
Capability = Annotated[str, AfterValidator(one_of(CAPABILITIES)), enum_of(CAPABILITIES)]


class JobRequest(Request):
    """The fields that all job requests have."""

    instructions: Annotated[str, Field(min_length=1, max_length=65536)]
    """The task of the agent, at most 64 KiB in UTF-8"""
    profile: Profile | None = None
    """The profile of the agent; default: that of the job type"""
    repository: RepositoryName | None = None
    """The repository, as `owner/name`"""
    branch: Branch | None = None
    """The branch that the agent may push to; default: `mosaic/` and the job's id"""
    paths: Paths = ()
    """The files and folders to work on; default: the whole repository"""
    issue_number: Annotated[SentInt, Field(ge=1, le=2**53)] | None = None
    """The issue or pull request"""
    agent_task_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The caller's own id of the task, for filters"""
    capabilities: Annotated[tuple[Capability, ...], Field(max_length=50)] = ()
    """Capabilities that the job needs, in addition to the profile's"""
    priority: Annotated[SentInt, Field(ge=0, le=9)] = 5
    """The priority, 9 is the most urgent; jobs from 7 use the `urgent` queue"""
    timeout_seconds: Annotated[SentInt, Field(ge=10, le=86400)] = 1800
    """The maximum duration of a run"""
    max_attempts: Annotated[SentInt, Field(ge=1, le=10)] = 1
    """The maximum number of automatic attempts after temporary failures"""


class CreateJob(JobRequest):
    """A job to create, which starts now or at a time within 30 days."""

    type: Name
    """The job type, one of the workspace's"""
    run_at: SentTime | None = None
    """The earliest start, within the next 30 days"""


class DispatchJob(JobRequest):
    """A manual dispatch. With `dryRun`, the rails only decide."""

    type: Name = "code-task"
    """The job type, one of the workspace's"""
    dry_run: SentBool = False
    """Whether to return the decision of the rails without creating a job"""


class CancelJob(Request):
    """A cancellation."""

    reason: Reason | None = None
    """The reason"""


class RetryJob(Request):
    """Changes for the next attempt."""

    instructions: Annotated[str, Field(min_length=1, max_length=65536)] | None = None
    """The new task of the agent; default: unchanged"""


class ReportRun(Request):
    """A batch of a run's reports. Batches with the same `batchId` count once."""

    batch_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The caller's name of this batch; a repeated batch changes nothing"""
    reports: Annotated[tuple[Report, ...], Field(min_length=1, max_length=MAX_REPORTS)]
    """The reports, oldest first"""


class JobFilter(Request):
    """Selects jobs that match all given fields."""

    status: Annotated[tuple[JobStatus, ...], Field(max_length=6)] = ()
    """Jobs in one of these statuses; default: any"""
    type: Name | None = None
    """Jobs of this type"""
    agent_task_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Jobs with this task id of the caller"""
    repository: RepositoryName | None = None
    """Jobs for this repository, as `owner/name`, ignoring case"""
    issue: Annotated[SentInt, Field(ge=1, le=2**53)] | None = None
    """Jobs for this issue or pull request; requires `repository`"""
    actor: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    """Jobs requested by this actor, ignoring case"""
    since: SentTime | None = None
    """Jobs created at this time or later"""
    until: SentTime | None = None
    """Jobs created before this time"""
    updated_since: SentTime | None = None
    """Jobs last changed at this time or later"""


class BulkRequest(Request):
    """Selects jobs by their ids, or the newest `limit` jobs that match a filter and can be changed.

    Exactly one of `ids` and `filter` is required.
    """

    ids: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=100)] = ()
    """The jobs"""
    filter: JobFilter | None = None
    """A filter, instead of `ids`"""
    limit: Annotated[SentInt, Field(ge=1, le=100)] = 100
    """The maximum number of jobs, with a filter"""

    @model_validator(mode="after")
    def _check_selection(self) -> Self:
        if self.ids and self.filter is not None:
            raise field_error("filter", "cannot be combined with ids")
        if not self.ids and self.filter is None:
            raise field_error("ids", "should not be empty without a filter")
        return self


class BulkCancel(BulkRequest):
    """Jobs to cancel. Exactly one of `ids` and `filter` is required."""

    reason: Reason | None = None
    """The reason"""


class BulkRetry(BulkRequest):
    """Jobs to retry. Exactly one of `ids` and `filter` is required."""


class BulkProblem(Value):
    """The reason why a job was not changed."""

    code: str
    """The problem code"""
    detail: str
    """The explanation for people"""


class BulkOutcome(Value):
    """The result for one job: its new status, or the problem."""

    id: str
    """The job"""
    ok: bool
    """Whether the job was changed"""
    status: JobStatus | None = None
    """The new status of the job"""
    problem: BulkProblem | None = None
    """The reason why the job was not changed"""


class BulkResult(Value):
    """The result for each job, in the order of the request; empty if no job matched."""

    items: tuple[BulkOutcome, ...]
    """One result for each job"""


class ReportGate(Request):
    """The result of a gate. `forced`, for admins only, overrides the gate and requires `reason`; other
    statuses require `commitSha`.
    """

    status: Literal["passed", "failed", "error", "skipped", "forced"]
    """The result of the gate; `forced` overrides it"""
    commit_sha: CommitSha | None = None
    """The tested commit, in full and in lower case"""
    url: WebAddress | None = None
    """The page of the report"""
    details: Annotated[str, Field(max_length=4000)] | None = None
    """Further details"""
    numbers: Numbers = Field(default_factory=dict)
    """Numbers for the gate's thresholds, as `{"coverage": 87.5}`"""
    attempt: Annotated[SentInt, Field(ge=1, le=2**31)] | None = None
    """The attempt of the report; default: the current one"""
    replaces: CommitSha | None = None
    """The current commit of the job, which `commitSha` replaces"""
    reason: Reason | None = None
    """The reason for the override"""

    @model_validator(mode="after")
    def _check_required(self) -> Self:
        if self.status == "forced" and not self.reason:
            raise field_error("reason", "is required to override a gate")
        if self.status != "forced" and not self.commit_sha:
            raise field_error("commitSha", "is required: the commit that was tested")
        return self


class JobPage(Value):
    """One page of jobs, newest first."""

    items: tuple[JobView, ...]
    """The jobs"""
    cursor: str | None
    """The cursor of the next page, null on the last"""


class JobDetail(JobView):
    """A job with its attempts, its steps and the first page of its events."""

    agent_text: AgentText | None = None
    """The text that the agent gets, after the approval if the job waits for one; null before the guard rails have
    decided
    """
    position: int | None = None
    """The position in the wait queue, from 1, while the job waits for a slot"""
    attempts: tuple[AttemptView, ...] = ()
    """All attempts with their results and usage, oldest first, the current one last"""
    steps: tuple[Step, ...]
    """The steps of all attempts"""
    events: tuple[Event, ...]
    """The first events"""
    events_cursor: str | None = None
    """The value of `after` for the following events"""


class StepList(Value):
    """The steps of all attempts, oldest first."""

    items: tuple[Step, ...]
    """The steps"""


class EventPage(Value):
    """One page of events, oldest first."""

    items: tuple[Event, ...]
    """The events"""
    cursor: str | None
    """The value of `after` for the following events"""
