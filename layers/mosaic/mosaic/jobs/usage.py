"""Usage of runs, derived from the steps of a job. No usage is stored apart or counted twice. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from pydantic import Field

from mosaic import money
from mosaic.base import Value
from mosaic.jobs.steps import AGENT_RUN, Steps
from mosaic.jobs.value_objects import Result, Step
from mosaic.money import Amount, Cost, Prices


class Usage(Value):
    """Tokens, time and cost. The cost covers models with a price."""

    tokens_input: int = 0
    """Tokens that models read"""
    tokens_output: int = 0
    """Tokens that models wrote"""
    duration_ms: int = 0
    """The duration of the agents' runs, in milliseconds"""
    cost: dict[str, Amount] = Field(default_factory=dict)
    """The exact cost of the tokens of models with a price, by currency"""
    unpriced_input: int = 0
    """Tokens read by models without a price, which the cost does not cover"""
    unpriced_output: int = 0
    """Tokens written by models without a price, which the cost does not cover"""

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.tokens_input + self.tokens_output


class AttemptUsage(Usage):
    """The usage of one attempt."""

    attempt: int
    """The number of the attempt"""
    model: str | None = None
    """The model, if the gateway reported it"""


class DayUsage(Usage):
    """The usage of a workspace's runs that ended on a day."""

    day: str
    """The day, in UTC"""
    jobs: int = 0
    """The number of jobs with such runs"""


def usage_fields(result: Result, prices: Prices | None) -> dict[str, Any]:
    """Returns the usage fields of the agent's step, from the gateway's result."""
    price = prices.of(result.model, result.provider) if prices else None
    read, written = result.tokens_input, result.tokens_output
    known = price and (read is not None or written is not None)
    amount = money.cost(price, read or 0, written or 0) if price and known else None
    fields: dict[str, Any] = {"tokens_input": read, "tokens_output": written, "model": result.model}
    if prices and amount is not None:
        fields["cost"] = Cost(amount=amount, currency=prices.currency)
    if result.duration_ms is not None:
        fields["duration_ms"] = result.duration_ms
    return fields


def usage_by_attempt(steps: Steps) -> tuple[AttemptUsage, ...]:
    """Returns the usage of each attempt that had a run.

    The gateway's numbers count. Numbers that the run reported count only if the gateway has none.
    """
    return tuple(_of_attempt(attempt, counted) for attempt, counted in _by_attempt(steps))


def usage_of_job(steps: Steps) -> Usage | None:
    """Returns the usage of all attempts together; None before the first run."""
    attempts = usage_by_attempt(steps)
    return total(attempts) if attempts else None


def usage_by_day(steps: Steps) -> dict[str, Usage]:
    """Returns the usage of the attempts by UTC day, the day on which they ended or reported last."""
    days: defaultdict[str, list[Usage]] = defaultdict(list)
    for attempt, counted in _by_attempt(steps):
        moments = [moment for step in counted if (moment := step.completed_at or step.started_at)]
        if moments:
            days[day_of(max(moments))].append(_of_attempt(attempt, counted))
    return {day: total(usages) for day, usages in sorted(days.items())}


def usage_on_day(day: str, jobs: Iterable[Mapping[str, Usage]]) -> DayUsage:
    """Returns the usage of one day, from the daily usage of each job."""
    known = tuple(days[day] for days in jobs if day in days)
    return DayUsage(day=day, jobs=len(known), **dict(total(known)))


def total(usages: Iterable[Usage]) -> Usage:
    """Returns the sum of the usages."""
    known = tuple(usages)
    return Usage(
        tokens_input=sum(usage.tokens_input for usage in known),
        tokens_output=sum(usage.tokens_output for usage in known),
        duration_ms=sum(usage.duration_ms for usage in known),
        cost=money.total(usage.cost for usage in known),
        unpriced_input=sum(usage.unpriced_input for usage in known),
        unpriced_output=sum(usage.unpriced_output for usage in known),
    )


def day_of(moment: datetime) -> str:
    """Returns the UTC day, such as 2026-01-31."""
    return moment.astimezone(UTC).date().isoformat()


def _by_attempt(steps: Steps) -> Iterator[tuple[int, Steps]]:
    in_order = sorted(steps, key=lambda step: step.attempt)
    for attempt, attempt_steps in groupby(in_order, lambda step: step.attempt):
        if counted := _counted(tuple(attempt_steps)):
            yield attempt, counted


def _counted(steps: Steps) -> Steps:
    """Returns the steps that count: the agent's run, and reported steps if the gateway has no token numbers."""
    run = tuple(step for step in steps if step.name == AGENT_RUN)
    fields = any(_has_tokens(step) for step in run)
    return run if fields else (*run, *(step for step in steps if step not in run and _has_tokens(step)))


def _has_tokens(step: Step) -> bool:
    return step.tokens_input is not None or step.tokens_output is not None


def _of_attempt(attempt: int, counted: Steps) -> AttemptUsage:
    unpriced = tuple(step for step in counted if step.cost is None)
    costs = ({step.cost.currency: Decimal(step.cost.amount)} for step in counted if step.cost)
    return AttemptUsage(
        attempt=attempt,
        model=next((step.model for step in counted if step.model), None),
        tokens_input=sum(step.tokens_input or 0 for step in counted),
        tokens_output=sum(step.tokens_output or 0 for step in counted),
        duration_ms=sum(step.duration_ms or 0 for step in counted if step.name == AGENT_RUN),
        cost=money.total(costs),
        unpriced_input=sum(step.tokens_input or 0 for step in unpriced),
        unpriced_output=sum(step.tokens_output or 0 for step in unpriced),
    )
