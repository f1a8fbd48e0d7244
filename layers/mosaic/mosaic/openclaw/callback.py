"""Authenticates and parses the gateway's completion callback.

The gateway signs nothing. Each attempt's callback URL therefore ends in a token that only this service can
make. The bearer in the header shows that the gateway sent the callback.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mosaic.openclaw import responses
from mosaic.openclaw.errors import CallbackError, MalformedCallback
from mosaic.openclaw.model import RunOutcome
from mosaic.sealed_tokens import Forged, seal, unseal

PURPOSE = "mosaic.openclaw.callback.v1"


@dataclass(frozen=True)
class CallbackRef:
    """The attempt that a callback is about."""

    workspace_id: str
    job_id: str
    attempt: int


def token_for(workspace: str, job: str, attempt: int, key: str) -> str:
    """Returns the last part of an attempt's callback URL: 256 bits of HMAC over the three arguments,
    URL-safe.
    """
    return seal([workspace, job, attempt], PURPOSE, key)


def verify(token: str, keys: tuple[str, ...]) -> CallbackRef:
    """Returns the attempt of a token that was made with one of the keys; during rotation, the newest key
    comes first.

    Raises CallbackError when the token was made with none of them.
    """
    try:
        workspace, job, attempt = unseal(token, PURPOSE, keys)
    except Forged as error:
        raise CallbackError("the callback token is not valid") from error
    return CallbackRef(workspace_id=str(workspace), job_id=str(job), attempt=int(attempt))


def bearer_matches(authorization: str | None, tokens: Sequence[str]) -> bool:
    """Returns True if the Authorization header has one of these bearer tokens; compares in constant time."""
    scheme, _, given = (authorization or "").partition(" ")
    bearer = given.strip().encode(errors="backslashreplace")
    same = [hmac.compare_digest(bearer, token.encode()) and token != "" for token in tokens]
    return any(same) and scheme.lower() == "bearer"


def scheduled_run_of(body: Mapping[str, Any]) -> str:
    """Returns the gateway's id of the run that has ended. Raises MalformedCallback when the body has none."""
    run_id = body.get("jobId")
    if not isinstance(run_id, str) or not run_id:
        raise MalformedCallback("the body has no jobId")
    return run_id


def parse(body: Mapping[str, Any]) -> RunOutcome:
    """Returns the outcome of the run from the gateway's POST. Raises MalformedCallback when it reports no
    ended run.
    """
    if body.get("action", "finished") != "finished" or not isinstance(body.get("status"), str):
        raise MalformedCallback("the body does not report a finished run")
    return responses.outcome(body)
