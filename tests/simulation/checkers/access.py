"""Invariants of every API request; each function yields the violations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mosaic.access.model import Principal
from tests.fakes.api import ApiResponse
from tests.simulation.checkers.history import ObservedJob
from tests.simulation.simulator.api_gateway import AuthorizedRequest
from tests.simulation.simulator.issued_tokens import IssuedToken

# A revoked or expired token stops working within a minute. API Gateway caches the authorizer's decision for
# half of it.
REVOKED_WITHIN = 60.0


def requests_have_a_valid_token(request: AuthorizedRequest, issued: IssuedToken | None) -> Iterator[str]:
    """7. A request is authorized as the holder of its token, which is valid or has ended within the last minute."""
    if not request.principal:
        return
    if issued is None:
        yield f"{request.principal} was authorized by a token that was never issued"
    elif request.at > issued.until + REVOKED_WITHIN:
        yield f"{issued.holder.actor} was authorized {request.at - issued.until:.0f} s after the token ended"
    elif Principal.model_validate(request.principal) != issued.holder:
        yield f"{issued.holder.actor} was authorized as {request.principal}"


def responses_stay_in_the_workspace(
    request: AuthorizedRequest, response: ApiResponse, observed_jobs: Iterable[ObservedJob]
) -> Iterator[str]:
    """7. Anonymous requests get a 401, and no response contains another workspace's jobs."""
    if not request.principal and response.status != 401:
        yield f"an anonymous request was answered {response.status} at {response.route}"
    if response.status < 300:
        for workspace_id, job_id in (observed.key for observed in observed_jobs):
            if workspace_id != request.principal.get("workspaceId") and job_id in response.body:
                yield f"{request.principal} received job {job_id[-2:]} of {workspace_id}"
