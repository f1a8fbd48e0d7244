"""Runs of a gateway with hooks alone: only the run itself can report that it is done."""

from __future__ import annotations

from random import Random

from local.gateway.agent import run_turn
from mosaic.openclaw.model import RunRequest
from tests.simulation.simulator.gateway_host import tools_of_agent
from tests.simulation.workloads.actors import Actors

THINK_MS = 20_000
# The rate of runs that end without a report although their work is done.
SILENT_RATE = 0.15


class ReportingRuns:
    """Lets runs that the hooks started report that they are done, unless they fail, time out, or stay silent."""

    def __init__(self, actors: Actors, random: Random | None = None) -> None:
        self._actors, self._random = actors, random
        self._hooks = actors.cloud.gateway_host.hooks
        actors.cloud.gateway_host.run_listeners.append(self._on_run_started)

    def _on_run_started(self, request: RunRequest) -> None:
        turn = run_turn(request.agent, request.message, tools_of_agent(request.agent), THINK_MS)
        is_silent = self._random is not None and self._random.random() < SILENT_RATE
        if turn.error or turn.duration_ms > 1000 * request.timeout_seconds or is_silent:
            return
        restarts = self._hooks.restarts
        self._actors.schedule(
            "the run", lambda: self._report_done(request.key, restarts), turn.duration_ms / 1000
        )

    def _report_done(self, key: str, restarts: int) -> None:
        if self._hooks.restarts == restarts:
            _, job_id, attempt = key.split(":")[:3]
            self._actors.report_done(job_id, int(attempt))
