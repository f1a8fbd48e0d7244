"""Runs of a gateway that offers hooks only: they begin, do their work, and may say so themselves; nobody else does."""

from __future__ import annotations

from random import Random

from local.gateway.agent import play
from mosaic.openclaw.model import RunRequest
from tests.simulation.simulator.gateway_host import ceiling
from tests.simulation.workloads.actors import People

THINK_MS = 20_000
# How many runs end without a word though they did their work.
SILENT = 0.15


class SpeakingRuns:
    """Each run that the hooks begin says that it is done, if it gets so far and, by the dice, if it says anything."""

    def __init__(self, people: People, dice: Random | None = None) -> None:
        self._people, self._dice = people, dice
        self._hooks = people.cloud.host.hooks
        people.cloud.host.begun.append(self._begins)

    def _begins(self, request: RunRequest) -> None:
        turn = play(request.agent, request.message, ceiling(request.agent), THINK_MS)
        silent = self._dice is not None and self._dice.random() < SILENT
        if turn.error or turn.duration_ms > 1000 * request.timeout_seconds or silent:
            return
        since = self._hooks.restarts
        self._people.does("the run", lambda: self._ends(request.key, since), turn.duration_ms / 1000)

    def _ends(self, key: str, since: int) -> None:
        if self._hooks.restarts == since:
            _, job_id, attempt = key.split(":")[:3]
            self._people.finishes(job_id, int(attempt))
