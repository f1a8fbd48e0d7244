"""Routes that cancel or retry many jobs and report the result for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import parse_job_id, principal, services
from api.drafts import require_retryable_repository
from api.queries import job_query
from api.schemas.jobs import BulkCancel, BulkOutcome, BulkProblem, BulkRequest, BulkResult, BulkRetry
from mosaic.access.connections import RepositoryNotConnected
from mosaic.edge.problem import problem_for
from mosaic.jobs.errors import JobProblem
from mosaic.jobs.job_query import JobFilters
from mosaic.jobs.lifecycle import CANCELLABLE, RETRYABLE
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus

router = APIGatewayHttpRouter()


@router.post("/runner-jobs/bulk/cancel")
def cancel(request: BulkCancel) -> BulkResult:
    """Cancel the named jobs, or the newest matching jobs that can be cancelled."""
    caller, control = principal(router), services(router).control

    def change(job_id: str) -> Job:
        return control.cancel(caller.workspace_id, parse_job_id(job_id), caller.actor, request.reason)

    return _change_all(request, CANCELLABLE, change)


@router.post("/runner-jobs/bulk/retry")
def retry(request: BulkRetry) -> BulkResult:
    """Retry the named jobs, or the newest matching jobs that can be retried."""
    caller, control = principal(router), services(router).control

    def change(job_id: str) -> Job:
        require_retryable_repository(services(router), caller, job_id)
        return control.retry(
            caller.workspace_id, parse_job_id(job_id), caller.actor, role=caller.requester_role
        )

    return _change_all(request, RETRYABLE, change)


def _change_all(
    request: BulkRequest, statuses: frozenset[JobStatus], change: Callable[[str], Job]
) -> BulkResult:
    ids = tuple(dict.fromkeys(request.ids or _matching(request, statuses)))
    return BulkResult(items=tuple(_outcome(job_id, change) for job_id in ids))


def _matching(request: BulkRequest, statuses: frozenset[JobStatus]) -> Iterator[str]:
    if request.filter is None:
        return
    if status := statuses.intersection(request.filter.status or statuses):
        deps = services(router)
        filters = JobFilters(**{**dict(request.filter), "status": status})
        jobs = deps.jobs.page(job_query(deps, principal(router), filters, "filter."), request.limit, None)
        yield from (job.id for job in jobs)


def _outcome(job_id: str, change: Callable[[str], Job]) -> BulkOutcome:
    try:
        return BulkOutcome(id=job_id, ok=True, status=change(job_id).status)
    except (JobProblem, RepositoryNotConnected) as error:
        problem = problem_for(error)
        return BulkOutcome(id=job_id, ok=False, problem=BulkProblem(code=problem.code, detail=problem.detail))
