"""What clients send and get: the HTTP contract in types."""

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
from mosaic.jobs.value_objects import Step
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


def one_of(known: Collection[str]) -> Callable[[str], str]:
    """A validator that lets these names pass."""

    def check(name: str) -> str:
        if name not in known:
            raise ValueError(f"should be one of {', '.join(sorted(known))}")
        return name

    return check


def listed(known: Collection[str]) -> WithJsonSchema:
    """The contract tells which names there are."""
    return WithJsonSchema({"type": "string", "enum": sorted(known)})


Profile = Annotated[str, AfterValidator(one_of(PROFILES)), listed(PROFILES)]
Capability = Annotated[str, AfterValidator(one_of(CAPABILITIES)), listed(CAPABILITIES)]


class JobRequest(Request):
    """What every way of asking for a job has in common."""

    instructions: Annotated[str, Field(min_length=1, max_length=65536)]
    """What the agent is to do; 64 KiB in UTF-8"""
    profile: Profile | None = None
    """Who works on it; the type's own profile unless given"""
    repository: RepositoryName | None = None
    """The repository that it is about, as `owner/name`"""
    branch: Branch | None = None
    """The branch that the agent may push to; `mosaic/` and the job's id unless given"""
    paths: Paths = ()
    """The files and folders that it is about; the whole repository unless given"""
    issue_number: Annotated[SentInt, Field(ge=1, le=2**53)] | None = None
    """The issue or pull request that it is about"""
    agent_task_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The caller's own id for it, to find it by"""
    capabilities: Annotated[tuple[Capability, ...], Field(max_length=50)] = ()
    """What the job cannot do without, beyond its profile"""
    priority: Annotated[SentInt, Field(ge=0, le=9)] = 5
    """How urgent it is; from 7 on the job takes the urgent lane"""
    timeout_seconds: Annotated[SentInt, Field(ge=10, le=86400)] = 1800
    """How long the agent's run may take"""
    max_attempts: Annotated[SentInt, Field(ge=1, le=10)] = 1
    """How often it is tried by itself when a failure may pass"""


class CreateJob(JobRequest):
    """A job of a type that the workspace has, now or at a time within thirty days."""

    type: Name
    """The kind of job, one of the workspace's"""
    run_at: SentTime | None = None
    """Not before this time, within the next thirty days"""


class DispatchJob(JobRequest):
    """A manual dispatch; with `dryRun` the rails decide and nothing is created."""

    type: Name = "code-task"
    """The kind of job, one of the workspace's"""
    dry_run: SentBool = False
    """Whether only to say what the rails would decide"""


class CancelJob(Request):
    """Why a job is cancelled."""

    reason: Reason | None = None
    """Why, for the record"""


class RetryJob(Request):
    """What should be different in the next attempt."""

    instructions: Annotated[str, Field(min_length=1, max_length=65536)] | None = None
    """What the agent is to do from now on; unchanged unless given"""


class ReportRun(Request):
    """A batch of what a run has to tell; the same `batchId` twice counts once."""

    batch_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The caller's own name for this batch: sent again, it changes nothing"""
    reports: Annotated[tuple[Report, ...], Field(min_length=1, max_length=MAX_REPORTS)]
    """What happened, in order"""


class JobFilter(Request):
    """Which jobs are meant; what is left out lets every job pass."""

    status: Annotated[tuple[JobStatus, ...], Field(max_length=6)] = ()
    """Jobs that stand in one of these; any unless given"""
    type: Name | None = None
    """Jobs of this type"""
    agent_task_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Jobs with this task id of the caller's"""
    repository: RepositoryName | None = None
    """Jobs about this repository, as `owner/name`, whatever its case"""
    issue: Annotated[SentInt, Field(ge=1, le=2**53)] | None = None
    """Jobs about this issue or pull request of the repository"""
    actor: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    """Jobs that this actor asked for, whatever its case"""
    since: SentTime | None = None
    """Jobs created at this time or later"""
    until: SentTime | None = None
    """Jobs created before this time"""
    updated_since: SentTime | None = None
    """Jobs that last changed at this time or later"""


class BulkRequest(Request):
    """Many jobs: by their ids, or the newest `limit` that match a filter and that can be changed so.

    Either `ids` or `filter` is needed, not both.
    """

    ids: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=100)] = ()
    """The jobs"""
    filter: JobFilter | None = None
    """Which jobs, instead of `ids`"""
    limit: Annotated[SentInt, Field(ge=1, le=100)] = 100
    """How many jobs at most, with a filter"""

    @model_validator(mode="after")
    def _names_jobs_one_way(self) -> Self:
        if self.ids and self.filter is not None:
            raise field_error("filter", "may not be given together with ids")
        if not self.ids and self.filter is None:
            raise field_error("ids", "should not be empty, unless a filter is given")
        return self


class BulkCancel(BulkRequest):
    """Many jobs to cancel, and why: either `ids` or `filter` is needed, not both."""

    reason: Reason | None = None
    """Why, for the record"""


class BulkRetry(BulkRequest):
    """Many jobs to retry: either `ids` or `filter` is needed, not both."""


class BulkProblem(Value):
    """Why one of the jobs was left as it is."""

    code: str
    """What went wrong, for programs"""
    detail: str
    """What went wrong, for people"""


class BulkOutcome(Value):
    """What became of one of the jobs: its status now, or the problem."""

    id: str
    """The job"""
    ok: bool
    """Whether it was done"""
    status: JobStatus | None = None
    """Where the job stands now"""
    problem: BulkProblem | None = None
    """Why it was not done"""


class BulkResult(Value):
    """What became of each job, in the order asked; empty when a filter matched none."""

    items: tuple[BulkOutcome, ...]
    """One outcome for each job"""


class ReportGate(Request):
    """What a gate found: `forced`, which is for admins, needs `reason`; every other status needs `commitSha`."""

    status: Literal["passed", "failed", "error", "skipped", "forced"]
    """What the gate found"""
    commit_sha: CommitSha | None = None
    """The commit that was judged, whole and in lower case"""
    url: WebAddress | None = None
    """Where the report can be looked at"""
    details: Annotated[str, Field(max_length=4000)] | None = None
    """What else is to be known"""
    numbers: Numbers = Field(default_factory=dict)
    """Numbers that the gate's thresholds ask for, as `{"coverage": 87.5}`"""
    attempt: Annotated[SentInt, Field(ge=1, le=2**31)] | None = None
    """The attempt that is meant; the present one unless given"""
    replaces: CommitSha | None = None
    """The commit that the job is judged by, where `commitSha` takes its place"""
    reason: Reason | None = None
    """Why the gate is forced"""

    @model_validator(mode="after")
    def _has_its_proof(self) -> Self:
        if self.status == "forced" and not self.reason:
            raise field_error("reason", "is missing: a forced gate needs one")
        if self.status != "forced" and not self.commit_sha:
            raise field_error("commitSha", "is missing: the commit that was judged")
        return self


class JobPage(Value):
    """One page of jobs, newest first; `cursor` asks for the next, null on the last."""

    items: tuple[JobView, ...]
    """The jobs"""
    cursor: str | None
    """Where the next page begins"""


class JobDetail(JobView):
    """A job with its steps and the first page of its events; `eventsCursor` asks for what comes after."""

    position: int | None = None
    """Its position in the line, from 1, while it waits for a place"""
    attempts: tuple[AttemptView, ...] = ()
    """All attempts, oldest first, the last being the present one: how each ended and what it has used"""
    steps: tuple[Step, ...]
    """All steps of all attempts"""
    events: tuple[Event, ...]
    """The first events"""
    events_cursor: str | None = None
    """What to send as `after` for the events that follow"""


class StepList(Value):
    """All steps of all attempts, in order."""

    items: tuple[Step, ...]
    """The steps"""


class EventPage(Value):
    """Events in order; `cursor` asks for what comes after them."""

    items: tuple[Event, ...]
    """The events"""
    cursor: str | None
    """What to send as `after` for the events that follow"""
