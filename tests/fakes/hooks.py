"""A gateway in memory that offers hooks only."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count

from local.gateway.hooks import Hooks
from mosaic.openclaw import responses
from mosaic.openclaw.errors import GatewayError, GatewayUnavailable
from mosaic.openclaw.hooks import hook
from mosaic.openclaw.model import RunRequest

TOKEN = "hook-token"


class FakeHooks:
    """`Hooks` over the stand-in's own. `started` are the runs that it has started; `begun` is called for
    each.

    While `error` is set, it is raised. An error that may have been accepted still starts the run.
    """

    def __init__(self, begun: Callable[[RunRequest], None] = lambda _: None) -> None:
        self.begun = begun
        self.started: list[RunRequest] = []
        self.error: GatewayError | None = None
        self.restarts = 0
        ids = count(1)
        self._hooks = Hooks(TOKEN, think_ms=0, new_id=lambda: f"hook-{next(ids)}")

    def restart(self) -> None:
        """Forgets the admitted runs, and ends those in progress."""
        self.restarts += 1
        self._hooks.restart()

    def start(self, request: RunRequest) -> str:
        """As Hooks."""
        if self.error and not _is_unclear(self.error):
            raise self.error
        run_id = self._admit(request)
        if self.error:
            raise self.error
        return run_id

    def _admit(self, request: RunRequest) -> str:
        headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": request.key}
        known = len(self._hooks.model_calls)
        status, payload = self._hooks.handle(headers, json.dumps(hook(request)).encode(), 0)
        if status != 200 or isinstance(payload, str):
            raise responses.failure(
                status, {"error": {"message": payload if isinstance(payload, str) else payload["error"]}}
            )
        if len(self._hooks.model_calls) > known:
            self.started.append(request)
            self.begun(request)
        return str(payload["runId"])


def _is_unclear(error: GatewayError) -> bool:
    return isinstance(error, GatewayUnavailable) and error.may_have_been_accepted
