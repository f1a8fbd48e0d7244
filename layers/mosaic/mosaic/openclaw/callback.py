"""The gateway's completion callback: whose it is, and what it says.

The gateway signs nothing, so each attempt's callback URL ends in a token that only this service can make, and
the bearer in the header shows that the gateway sent it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mosaic.openclaw import answers
from mosaic.openclaw.errors import CallbackError
from mosaic.openclaw.model import RunOutcome

PURPOSE = b"mosaic.openclaw.callback.v1\0"
TOKEN_MAX = 1024
"""Characters of the longest token that is looked at."""


@dataclass(frozen=True)
class CallbackRef:
    """The attempt that a callback is about."""

    workspace_id: str
    job_id: str
    attempt: int


def token_for(workspace: str, job: str, attempt: int, key: str) -> str:
    """The last part of an attempt's callback URL: URL-safe, 256 bits of HMAC over the three."""
    body = _encode(json.dumps([workspace, job, attempt], separators=(",", ":")).encode())
    return f"{body}.{_seal(body, key)}"


def verify(token: str, keys: tuple[str, ...]) -> CallbackRef:
    """The attempt that this token was made for with one of the keys, newest first while they are rotated.

    Raises CallbackError when it was made with none of them.
    """
    if not token.isascii() or len(token) > TOKEN_MAX:
        raise CallbackError("the callback token is not valid")
    body, _, seal = token.partition(".")
    matches = [hmac.compare_digest(_seal(body, key).encode(), seal.encode()) for key in keys]
    if not any(matches):
        raise CallbackError("the callback token is not valid")
    workspace, job, attempt = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return CallbackRef(workspace_id=workspace, job_id=job, attempt=attempt)


def bearer_matches(authorization: str | None, token: str) -> bool:
    """Whether the Authorization header carries this bearer token; compared in constant time."""
    scheme, _, given = (authorization or "").partition(" ")
    same = hmac.compare_digest(given.strip().encode(errors="backslashreplace"), token.encode())
    return same and scheme.lower() == "bearer" and token != ""


def parse(body: Mapping[str, Any]) -> RunOutcome:
    """How the run ended, from the gateway's POST. Raises CallbackError when it reports no ended run."""
    if body.get("action", "finished") != "finished" or not isinstance(body.get("status"), str):
        raise CallbackError("the body does not report a finished run")
    return answers.outcome(body)


def _seal(body: str, key: str) -> str:
    if not key:
        raise ValueError("the callback key is empty")
    return _encode(hmac.new(key.encode(), PURPOSE + body.encode(), hashlib.sha256).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
