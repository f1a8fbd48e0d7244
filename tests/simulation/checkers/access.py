"""What holds of every request, whoever makes it: one function for each invariant, each naming what breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mosaic.access.model import Principal
from tests.fakes.api import Answered
from tests.simulation.checkers.history import ObservedJob
from tests.simulation.simulator.api_gateway import AuthorizedRequest
from tests.simulation.simulator.issued_tokens import IssuedToken

# A token that was revoked or has ended stops working within a minute: API Gateway remembers who had it for half of it.
REVOKED_WITHIN = 60.0


def requests_have_a_valid_token(request: AuthorizedRequest, issued: IssuedToken | None) -> Iterator[str]:
    """7. A request is its token's holder's, who has that token still, or has lost it only just now."""
    if not request.principal:
        return
    if issued is None:
        yield f"{request.principal} came in with a token that nobody was given"
    elif request.at > issued.until + REVOKED_WITHIN:
        yield f"{issued.holder.actor} came in {request.at - issued.until:.0f} s after the token had ended"
    elif Principal.model_validate(request.principal) != issued.holder:
        yield f"{issued.holder.actor} came in as {request.principal}"


def responses_stay_in_the_workspace(
    request: AuthorizedRequest, response: Answered, observed_jobs: Iterable[ObservedJob]
) -> Iterator[str]:
    """7. Nobody is turned away, and who is somebody reads of no other workspace's jobs."""
    if not request.principal and response.status != 401:
        yield f"nobody was answered {response.status} at {response.route}"
    if response.status < 300:
        for workspace_id, job_id in (observed.key for observed in observed_jobs):
            if workspace_id != request.principal.get("workspaceId") and job_id in response.body:
                yield f"{request.principal} was told of job {job_id[-2:]} of {workspace_id}"
