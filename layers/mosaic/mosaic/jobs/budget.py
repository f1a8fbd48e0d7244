"""What a workspace may use in a day, and whether it has. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from mosaic import money
from mosaic.base import Timestamp, Value
from mosaic.jobs.usage import Usage
from mosaic.money import Amount, Prices


class DailyBudget(Value):
    """The most that the runs of a workspace may use in a day of UTC; no bound where nothing is said."""

    cost: Amount | None = None
    """Money, in the currency of the prices"""
    tokens: int | None = None
    """Tokens, read and written together"""


class Charged(Value):
    """What counts against the budget of a day.

    Tokens whose model has no price count as if the dearest model of the table had used them: a budget may so stop
    too early, but never too late.
    """

    tokens: int
    """All tokens"""
    cost: Amount | None = None
    """Money, in the currency of the prices; nothing without prices"""


def charged(usage: Usage, prices: Prices | None) -> Charged:
    """What the usage counts for."""
    if prices is None:
        return Charged(tokens=usage.tokens)
    unpriced = money.cost(prices.dearest, usage.unpriced_input, usage.unpriced_output)
    known = {name: amount for name, amount in usage.cost.items() if name == prices.currency}
    amount = money.total((known, {prices.currency: unpriced}))[prices.currency]
    return Charged(tokens=usage.tokens, cost=amount)


def exhausted(budget: DailyBudget, spent: Charged, prices: Prices | None) -> str | None:
    """What of the budget is used up, in words; None while there is something left."""
    if budget.cost is not None and spent.cost is not None and spent.cost >= budget.cost:
        currency = prices.currency if prices else ""
        return f"{spent.cost:f} of {budget.cost:f} {currency}"
    if budget.tokens is not None and spent.tokens >= budget.tokens:
        return f"{spent.tokens} of {budget.tokens} tokens"
    return None


def opens_at(now: datetime) -> Timestamp:
    """When the next day begins, and with it the next budget."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), UTC)
