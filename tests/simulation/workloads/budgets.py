"""People of a workspace that has a budget: what was refused today is asked for again tomorrow, or too early."""

from __future__ import annotations

from random import Random

from mosaic.jobs.model import Job
from tests.simulation.workloads.actors import MEMBER, Actors

DAY = 24 * 3600.0
MIDNIGHT = DAY / 2


class BudgetWorkload:
    """Ada, who asks again for what the budget did not allow."""

    def __init__(self, actors: Actors, random: Random) -> None:
        self._actors, self._random = actors, random
        actors.cloud.version_listeners.append(self._sees)

    def _sees(self, old: Job | None, new: Job) -> None:
        if new.error is None or new.error.code != "budget_exhausted" or (old and old.error == new.error):
            return
        if self._random.random() < 0.3:
            self._asks_again(new, 120 * self._random.random())
        self._asks_again(new, until_midnight(self._actors.cloud.schedule.now) + 600 * self._random.random())

    def _asks_again(self, job: Job, after: float) -> None:
        actors = self._actors
        actors.does("ada", lambda: actors.insist(lambda: actors.control(job, "retry", None, MEMBER)), after)


def until_midnight(now: float) -> float:
    """How many seconds it is until the next day begins, as far as nobody's clock can deny it."""
    return (MIDNIGHT - now) % DAY + 10
