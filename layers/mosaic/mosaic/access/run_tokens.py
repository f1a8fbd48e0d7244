"""The token that is handed to a run: good for the reports of that one attempt, and kept nowhere. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic.access.model import Principal, Role
from mosaic.sealed_tokens import Forged, seal, unseal

PREFIX = "run."
PURPOSE = "mosaic.access.run.v1"


def run_token(workspace: str, job: str, attempt: int, key: str) -> str:
    """The bearer token of an attempt's run, always the same one; raises ValueError for an empty key."""
    return PREFIX + seal([workspace, job, attempt], PURPOSE, key)


def is_run_token(bearer: str) -> bool:
    """Whether this is to be read as the token of a run; no other kind of token begins like one."""
    return bearer.startswith(PREFIX)


def verify(bearer: str, keys: Sequence[str]) -> Principal | None:
    """The run that this token was made for with one of the keys, several while they are rotated; else None."""
    if not is_run_token(bearer):
        return None
    try:
        workspace, job, attempt = unseal(bearer.removeprefix(PREFIX), PURPOSE, keys)
    except Forged:
        return None
    return Principal(workspace_id=str(workspace), role=Role.RUNNER, job_id=str(job), attempt=int(attempt))
