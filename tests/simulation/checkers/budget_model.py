"""What the runs of each day have used, written down beside the product, and what follows from it for a budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from mosaic.access.model import Workspace
from mosaic.jobs.budget import DailyBudget
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.jobs.steps import AGENT_RUN
from mosaic.money import Price, Prices
from tests.simulation.checkers.history import ObservedJob
from tests.simulation.simulator.functions import TIMEOUTS

# What a token costs, whatever model it is of: without a price of its own it is the dearest's.
TOKEN = Decimal("0.001")
DEAR = Price(input=TOKEN * 10**6, output=TOKEN * 10**6)
# Whoever dispatches may have looked so long ago, and the index may have been behind by so much, in seconds.
SEEN_WITHIN = TIMEOUTS["stitcher"] + 3.0
# A run of the simulated gateway uses eighteen.
LIMITS = (10, 18, 20, 36)


def budget(random: Random) -> Mapping[str, Any]:
    """What a workspace has that lets a run or two go on in a day, by their tokens or by their cost."""
    limit = random.choice(LIMITS)
    if random.random() < 0.5:
        return {"daily_budget": DailyBudget(tokens=limit)}
    priced = random.choice(("fake-1", "fake/fake-1", "another-1"))
    prices = Prices(currency="EUR", models={priced: DEAR})
    return {"daily_budget": DailyBudget(cost=TOKEN * limit), "prices": prices}


@dataclass
class BudgetModel:
    """What was used, each with when it was saved, in seconds, and the day that it counts for."""

    _used: list[tuple[float, str, int]] = field(default_factory=list)

    def saved(self, observed: ObservedJob, workspace: Workspace, now: float) -> Iterator[str]:
        """Write down what this version tells. Nothing begins once a day's budget is known to be used up; nothing is
        refused before it is.
        """
        old, new = observed.before, observed.now
        if ended := _run_that_ended(old, new):
            self._used.append((now, ended, observed.tokens_used[new.attempt]))
        limit, day = _limit(workspace), _day(new)
        if limit is None:
            return
        if _begins(old, new) and (known := self._of(day, now - SEEN_WITHIN)) >= limit:
            yield f"attempt {new.attempt} begins, and {known} of {limit} tokens were used up on {day}"
        if _is_refused(old, new) and (all_of_it := self._of(day, now)) < limit:
            yield f"it is refused, and only {all_of_it} of {limit} tokens were used on {day}"

    def _of(self, day: str, until: float) -> int:
        return sum(tokens for at, on, tokens in self._used if on == day and at <= until)


def _day(job: Job) -> str:
    return job.change.at.date().isoformat()


def _limit(workspace: Workspace) -> int | None:
    most = workspace.daily_budget
    if most is None:
        return None
    return most.tokens if most.cost is None else int(most.cost / TOKEN)


def _run_that_ended(old: Job | None, new: Job) -> str | None:
    """The day on which the attempt's run ended, if this version is the first that says so."""
    if new.result is None or (old and old.result and old.attempt == new.attempt):
        return None
    ends = [step.completed_at for step in new.steps if (step.name, step.attempt) == (AGENT_RUN, new.attempt)]
    return ends[0].date().isoformat() if ends and ends[0] else None


def _begins(old: Job | None, new: Job) -> bool:
    """An order that was given before goes on: the gateway may have it."""
    begun = old is not None and old.status is not JobStatus.RUNNING and old.dispatch is None
    return begun and new.status is JobStatus.RUNNING


def _is_refused(old: Job | None, new: Job) -> bool:
    refused = new.error is not None and new.error.code == "budget_exhausted"
    return refused and (old is None or old.error != new.error)
