"""A workspace with a daily budget: refused jobs are retried the next day, or too early."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.model import Job
from mosaic.money import Price, Prices
from tests.simulation.checkers.budget_model import TOKEN_PRICE
from tests.simulation.workloads.actors import MEMBER, Actors

DAY = 24 * 3600.0
MIDNIGHT = DAY / 2
# A model without a price costs as much as the most expensive one.
MODEL_PRICE = Price(input=TOKEN_PRICE * 10**6, output=TOKEN_PRICE * 10**6)
# A run of the simulated gateway uses 18 tokens.
LIMITS = (10, 18, 20, 36)


def random_budget(random: Random) -> Mapping[str, Any]:
    """Returns workspace fields with a daily budget, in tokens or in money, that allows one or two runs."""
    limit = random.choice(LIMITS)
    if random.random() < 0.5:
        return {"daily_budget": DailyBudget(tokens=limit)}
    priced = random.choice(("fake-1", "fake/fake-1", "another-1"))
    prices = Prices(currency="EUR", models={priced: MODEL_PRICE})
    return {"daily_budget": DailyBudget(cost=TOKEN_PRICE * limit), "prices": prices}


class BudgetWorkload:
    """Ada retries jobs that the budget refused."""

    def __init__(self, actors: Actors, random: Random) -> None:
        self._actors, self._random = actors, random
        actors.cloud.version_listeners.append(self._on_version)

    def _on_version(self, old: Job | None, new: Job) -> None:
        if new.error is None or new.error.code != "budget_exhausted" or (old and old.error == new.error):
            return
        if self._random.random() < 0.3:
            self._retry(new, 120 * self._random.random())
        self._retry(new, until_midnight(self._actors.cloud.schedule.now) + 600 * self._random.random())

    def _retry(self, job: Job, after: float) -> None:
        actors = self._actors
        actors.schedule(
            "ada",
            lambda: actors.until_answered(lambda: actors.control(job, "retry", None, MEMBER)),
            after,
        )


def until_midnight(now: float) -> float:
    """Returns the seconds until the next day has begun by every clock."""
    return (MIDNIGHT - now) % DAY + 10
