"""Routes that create and read jobs."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from api import cursors
from api.context import parse_job_id, principal, services
from api.drafts import draft, invalid_field, require_connected
from api.long_poll import events_after
from api.parameters import DIGITS
from api.queries import job_query
from api.schemas.counts import JobCountsView
from api.schemas.jobs import MAX_DELAY, CreateJob, EventPage, JobDetail, JobPage, StepList
from mosaic.base import SentTime
from mosaic.constraints import Matches
from mosaic.edge.http import JSON
from mosaic.events.model import Event
from mosaic.forge.payload import RepositoryName
from mosaic.jobs.attempt_history import attempts
from mosaic.jobs.errors import JobNotFound
from mosaic.jobs.job_query import JobFilters
from mosaic.jobs.model import Job, JobView
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.services.accept_job import ClaimKey
from mosaic.services.agent_message import agent_text
from mosaic.storage.event_log import POSITION, position

router = APIGatewayHttpRouter()

IDEMPOTENCY_KEY_TTL = timedelta(days=7)
EVENTS_OF_DETAIL = 200

Limit = Annotated[int, Field(ge=1, le=100), DIGITS, Query()]
IssueNumber = Annotated[int, Field(ge=1, le=2**53), DIGITS]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]
_Position = Annotated[str, Matches(POSITION, "the cursor of a page of events")]
Position = Annotated[_Position | None, Query()]


@router.post("/runner-jobs")
def create(request: CreateJob, idempotency_key: IdempotencyKey = None) -> Response[JobView]:
    """Create a job and queue it."""
    caller, deps = principal(router), services(router)
    if request.run_at and request.run_at > deps.clock() + MAX_DELAY:
        raise invalid_field("runAt", f"must be within the next {MAX_DELAY.days} days")
    workspace = deps.workspaces.with_type(caller.workspace_id, request.type)
    require_connected(deps, workspace.id, request.repository)
    job_draft = draft(request, request.type, "api", caller, workspace, request.run_at)
    claim = None
    if idempotency_key is not None:
        claim = ClaimKey(f"key#{idempotency_key}", _fingerprint(request), IDEMPOTENCY_KEY_TTL)
    accepted = deps.acceptance.accept(job_draft, claim)
    if accepted.duplicate:
        return Response(200, JSON, accepted.job.view(), {"Idempotent-Replay": "true"})
    return Response(202, JSON, accepted.job.view())


def _fingerprint(request: CreateJob) -> str:
    return sha256(request.model_dump_json().encode()).hexdigest()


@router.get("/runner-jobs")
def page(
    status: Annotated[list[JobStatus] | None, Query(max_length=len(JobStatus))] = None,
    type: Annotated[str | None, Query(min_length=1, max_length=64)] = None,
    agent_task_id: Annotated[str | None, Query(alias="agentTaskId", min_length=1, max_length=200)] = None,
    repository: Annotated[RepositoryName | None, Query()] = None,
    issue: Annotated[IssueNumber | None, Query()] = None,
    actor: Annotated[str | None, Query(min_length=1, max_length=300)] = None,
    since: Annotated[SentTime | None, Query()] = None,
    until: Annotated[SentTime | None, Query()] = None,
    updated_since: Annotated[SentTime | None, Query(alias="updatedSince")] = None,
    limit: Limit = 25,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> JobPage:
    """List jobs, newest first; long texts are cut."""
    caller, deps = principal(router), services(router)
    filters = JobFilters(
        status=frozenset(status or ()),
        type=type,
        agent_task_id=agent_task_id,
        repository=repository,
        issue=issue,
        actor=actor,
        since=since,
        until=until,
        updated_since=updated_since,
    )
    query = job_query(deps, caller, filters)
    before = cursors.decode(query, cursor) if cursor else None
    jobs = deps.jobs.page(query, limit + 1, before)
    items = jobs[:limit]
    next_cursor = cursors.encode(query, items[-1].id) if len(jobs) > limit else None
    return JobPage(items=tuple(job.brief() for job in items), cursor=next_cursor)


@router.get("/runner-jobs/counts")
def counts(type: Annotated[str | None, Query(min_length=1, max_length=64)] = None) -> JobCountsView:
    """Count the jobs of the workspace or of one type, by status and by next actor."""
    caller, deps = principal(router), services(router)
    types = () if type else deps.workspaces.now(caller.workspace_id).all_types
    return JobCountsView.of(deps.jobs.counts(caller.workspace_id, types, type))


@router.get("/runner-jobs/<job_id>")
def detail(job_id: str) -> JobDetail:
    """Show a job with its steps and the first page of its events."""
    job = _get_job(job_id)
    events = services(router).events.page(job.workspace_id, job.id, None, EVENTS_OF_DETAIL)
    details = {
        "agent_text": agent_text(job),
        "position": _position(job),
        "attempts": attempts(job),
        "steps": job.steps,
    }
    return JobDetail.model_validate(
        {**dict(job.view()), **details, "events": events, "events_cursor": _events_cursor(events, None)}
    )


def _position(job: Job) -> int | None:
    if job.waiting is not Waiting.SLOT:
        return None
    return services(router).jobs.ahead(job.workspace_id, Waiting.SLOT, job.queue_position) + 1


@router.get("/runner-jobs/<job_id>/steps")
def steps(job_id: str) -> StepList:
    """List the steps of all attempts."""
    return StepList(items=_get_job(job_id).steps)


@router.get("/runner-jobs/<job_id>/events")
def events(
    job_id: str,
    after: Position = None,
    limit: Limit = 100,
    wait: Annotated[int, Field(ge=0, le=20), DIGITS, Query()] = 0,
) -> EventPage:
    """List events after the position `after`, waiting up to `wait` seconds for the first."""
    job = _get_job(job_id)
    items = events_after(services(router), job, after, limit, wait, principal(router).actor)
    return EventPage(items=items, cursor=_events_cursor(items, after))


def _get_job(job_id: str) -> Job:
    caller = principal(router)
    job = services(router).jobs.get(caller.workspace_id, parse_job_id(job_id))
    if job is None:
        raise JobNotFound(job_id)
    return job


def _events_cursor(events: tuple[Event, ...], after: str | None) -> str | None:
    return position(events[-1]) if events else after
