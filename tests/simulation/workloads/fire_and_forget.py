"""Runs of a gateway that offers hooks only: they begin, do their work, and may say so themselves; nobody else does."""

from __future__ import annotations

from random import Random

from local.gateway.agent import run_turn
from mosaic.openclaw.model import RunRequest
from tests.simulation.simulator.gateway_host import tools_of_agent
from tests.simulation.workloads.actors import Actors

THINK_MS = 20_000
# How many runs end without a word though they did their work.
SILENT = 0.15


class ReportingRuns:
    """Each run that the hooks begin says that it is done, if it gets so far and, by the dice, if it says anything."""

    def __init__(self, actors: Actors, random: Random | None = None) -> None:
        self._actors, self._random = actors, random
        self._hooks = actors.cloud.gateway_host.hooks
        actors.cloud.gateway_host.run_listeners.append(self._begins)

    def _begins(self, request: RunRequest) -> None:
        turn = run_turn(request.agent, request.message, tools_of_agent(request.agent), THINK_MS)
        silent = self._random is not None and self._random.random() < SILENT
        if turn.error or turn.duration_ms > 1000 * request.timeout_seconds or silent:
            return
        since = self._hooks.restarts
        self._actors.does("the run", lambda: self._ends(request.key, since), turn.duration_ms / 1000)

    def _ends(self, key: str, since: int) -> None:
        if self._hooks.restarts == since:
            _, job_id, attempt = key.split(":")[:3]
            self._actors.finishes(job_id, int(attempt))
