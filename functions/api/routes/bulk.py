"""Routes that cancel or retry many jobs, answering for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import job_id_of, principal, services
from api.queries import Filters, query
from api.schemas.jobs import BulkCancel, BulkOutcome, BulkProblem, BulkRequest, BulkResult, BulkRetry
from mosaic.edge import problem
from mosaic.jobs.errors import JobProblem
from mosaic.jobs.lifecycle import CANCELLABLE, RETRYABLE
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus

router = APIGatewayHttpRouter()


@router.post("/runner-jobs/bulk/cancel")
def cancel(request: BulkCancel) -> BulkResult:
    """Cancel the jobs that are named, or the newest that match and can be cancelled."""
    caller, control = principal(router), services(router).control

    def one(job_id: str) -> Job:
        return control.cancel(caller.workspace_id, job_id_of(job_id), caller.actor, request.reason)

    return _each(request, CANCELLABLE, one)


@router.post("/runner-jobs/bulk/retry")
def retry(request: BulkRetry) -> BulkResult:
    """Retry the jobs that are named, or the newest that match and can be retried."""
    caller, control = principal(router), services(router).control

    def one(job_id: str) -> Job:
        return control.retry(caller.workspace_id, job_id_of(job_id), caller.actor)

    return _each(request, RETRYABLE, one)


def _each(request: BulkRequest, possible: frozenset[JobStatus], act: Callable[[str], Job]) -> BulkResult:
    ids = tuple(dict.fromkeys(request.ids or _matching(request, possible)))
    return BulkResult(items=tuple(_outcome(job_id, act) for job_id in ids))


def _matching(request: BulkRequest, possible: frozenset[JobStatus]) -> Iterator[str]:
    caller, at = principal(router), services(router)
    wanted = request.filter
    status = possible.intersection(wanted.status if wanted and wanted.status else possible)
    if wanted is None or not status:
        return
    filters = Filters(**{**dict(wanted), "status": status})
    asked = query(at, caller, filters, "filter.")
    yield from (job.id for job in at.jobs.page(asked, request.limit, None))


def _outcome(job_id: str, act: Callable[[str], Job]) -> BulkOutcome:
    try:
        return BulkOutcome(id=job_id, ok=True, status=act(job_id).status)
    except JobProblem as error:
        told = problem.problem_for(error)
        return BulkOutcome(id=job_id, ok=False, problem=BulkProblem(code=told.code, detail=told.detail))
