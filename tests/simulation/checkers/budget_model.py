"""A model of daily budgets: the usage of each day, and the decisions that follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from mosaic.access.model import Workspace
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.jobs.steps import AGENT_RUN
from tests.simulation.checkers.history import ObservedJob
from tests.simulation.simulator.functions import TIMEOUTS

# The cost of a token of any model.
TOKEN_PRICE = Decimal("0.001")
# A dispatch may use usage that is this old, in seconds: the stitcher's timeout and the index's lag.
USAGE_READ_WITHIN = TIMEOUTS["stitcher"] + 3.0


@dataclass
class BudgetModel:
    """The usage of each run: when it was saved, in seconds, its day, and its tokens."""

    _used: list[tuple[float, str, int]] = field(default_factory=list)

    def saved(self, observed: ObservedJob, workspace: Workspace, now: float) -> Iterator[str]:
        """Records the usage in this version.

        Yields a violation if an attempt starts after the day's budget was exhausted, or is refused before.
        """
        old, new = observed.before, observed.now
        if day_of_run := _day_of_ended_run(old, new):
            self._used.append((now, day_of_run, observed.tokens_used[new.attempt]))
        limit, day = _limit(workspace), _day(new)
        if limit is None:
            return
        if _starts(old, new) and (used := self._tokens_used(day, now - USAGE_READ_WITHIN)) >= limit:
            yield f"attempt {new.attempt} started after {used} of {limit} tokens were used on {day}"
        if _is_refused(old, new) and (used := self._tokens_used(day, now)) < limit:
            yield f"refused when only {used} of {limit} tokens were used on {day}"

    def _tokens_used(self, day: str, until: float) -> int:
        return sum(tokens for at, on, tokens in self._used if on == day and at <= until)


def _day(job: Job) -> str:
    return job.change.at.date().isoformat()


def _limit(workspace: Workspace) -> int | None:
    daily_budget = workspace.daily_budget
    if daily_budget is None:
        return None
    return daily_budget.tokens if daily_budget.cost is None else int(daily_budget.cost / TOKEN_PRICE)


def _day_of_ended_run(old: Job | None, new: Job) -> str | None:
    """Returns the day on which the attempt's run ended, if this version is the first with its result."""
    if new.result is None or (old and old.result and old.attempt == new.attempt):
        return None
    end_times = [
        step.completed_at for step in new.steps if (step.name, step.attempt) == (AGENT_RUN, new.attempt)
    ]
    return end_times[0].date().isoformat() if end_times and end_times[0] else None


def _starts(old: Job | None, new: Job) -> bool:
    """Returns whether the attempt starts with a new dispatch. A saved dispatch intent goes on: the gateway may have
    it.
    """
    is_first_dispatch = old is not None and old.status is not JobStatus.RUNNING and old.dispatch is None
    return is_first_dispatch and new.status is JobStatus.RUNNING


def _is_refused(old: Job | None, new: Job) -> bool:
    refused = new.error is not None and new.error.code == "budget_exhausted"
    return refused and (old is None or old.error != new.error)
