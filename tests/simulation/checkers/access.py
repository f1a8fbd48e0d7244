"""What holds of every request, whoever makes it: one function for each invariant, each naming what breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mosaic.access.model import Principal
from tests.fakes.api import Answered
from tests.simulation.checkers.history import ObservedJob
from tests.simulation.simulator.api_gateway import Entry
from tests.simulation.simulator.issued_tokens import IssuedToken

# A token that was revoked or has ended stops working within a minute: API Gateway remembers who had it for half of it.
STOPS_WITHIN = 60.0


def nobody_comes_in_without_a_token(entry: Entry, held: IssuedToken | None) -> Iterator[str]:
    """7. A request is its token's holder's, who has that token still, or has lost it only just now."""
    if not entry.who:
        return
    if held is None:
        yield f"{entry.who} came in with a token that nobody was given"
    elif entry.at > held.until + STOPS_WITHIN:
        yield f"{held.holder.actor} came in {entry.at - held.until:.0f} s after the token had ended"
    elif Principal.model_validate(entry.who) != held.holder:
        yield f"{held.holder.actor} came in as {entry.who}"


def nobody_is_told_what_is_not_theirs(
    entry: Entry, answer: Answered, observed_jobs: Iterable[ObservedJob]
) -> Iterator[str]:
    """7. Nobody is turned away, and who is somebody reads of no other workspace's jobs."""
    if not entry.who and answer.status != 401:
        yield f"nobody was answered {answer.status} at {answer.route}"
    if answer.status < 300:
        for workspace_id, job_id in (observed.key for observed in observed_jobs):
            if workspace_id != entry.who.get("workspaceId") and job_id in answer.body:
                yield f"{entry.who} was told of job {job_id[-2:]} of {workspace_id}"
