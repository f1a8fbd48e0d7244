"""Run tokens, which allow the reports of one attempt and are not stored. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic.access.model import Principal, Role
from mosaic.sealed_tokens import Forged, seal, unseal

PREFIX = "run."
PURPOSE = "mosaic.access.run.v1"


def run_token(workspace: str, job: str, attempt: int, key: str) -> str:
    """Returns the bearer token of an attempt's run, always the same. Raises ValueError for an empty key."""
    return PREFIX + seal([workspace, job, attempt], PURPOSE, key)


def is_run_token(bearer: str) -> bool:
    """True if the token has the prefix of run tokens; no other kind of token has it."""
    return bearer.startswith(PREFIX)


def verify(bearer: str, keys: Sequence[str]) -> Principal | None:
    """Returns the run that the token was made for, or None. Several keys are valid during a rotation."""
    if not is_run_token(bearer):
        return None
    try:
        workspace, job, attempt = unseal(bearer.removeprefix(PREFIX), PURPOSE, keys)
    except Forged:
        return None
    return Principal(workspace_id=str(workspace), role=Role.RUNNER, job_id=str(job), attempt=int(attempt))
