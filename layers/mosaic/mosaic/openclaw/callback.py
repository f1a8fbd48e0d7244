"""The gateway's completion callback: whose it is, and what it says.

The gateway signs nothing, so each attempt's callback URL ends in a token that only this service can make, and
the bearer in the header shows that the gateway sent it.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mosaic.openclaw import answers
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
    """The last part of an attempt's callback URL: URL-safe, 256 bits of HMAC over the three."""
    return seal([workspace, job, attempt], PURPOSE, key)


def verify(token: str, keys: tuple[str, ...]) -> CallbackRef:
    """The attempt that this token was made for with one of the keys, newest first while they are rotated.

    Raises CallbackError when it was made with none of them.
    """
    try:
        workspace, job, attempt = unseal(token, PURPOSE, keys)
    except Forged as error:
        raise CallbackError("the callback token is not valid") from error
    return CallbackRef(workspace_id=str(workspace), job_id=str(job), attempt=int(attempt))


def bearer_matches(authorization: str | None, token: str) -> bool:
    """Whether the Authorization header carries this bearer token; compared in constant time."""
    scheme, _, given = (authorization or "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(errors="backslashreplace"), token.encode())
    return same and scheme.lower() == "bearer" and token != ""


def scheduled_run_of(body: Mapping[str, Any]) -> str:
    """The gateway's id of the run that has ended. Raises MalformedCallback when the body names none."""
    named = body.get("jobId")
    if not isinstance(named, str) or not named:
        raise MalformedCallback("the body names no jobId")
    return named


def parse(body: Mapping[str, Any]) -> RunOutcome:
    """How the run ended, from the gateway's POST. Raises MalformedCallback when it reports no ended run."""
    if body.get("action", "finished") != "finished" or not isinstance(body.get("status"), str):
        raise MalformedCallback("the body does not report a finished run")
    return answers.outcome(body)
