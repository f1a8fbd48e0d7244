"""The daily budget of a workspace, and whether it is exhausted. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from mosaic import money
from mosaic.base import Timestamp, Value
from mosaic.jobs.usage import Usage
from mosaic.money import Amount, Prices


class DailyBudget(Value):
    """The most that the runs of a workspace may use in a UTC day. An absent field means no limit."""

    cost: Amount | None = None
    """The limit of the cost, in the currency of the prices"""
    tokens: int | None = None
    """The limit of input and output tokens together"""


class Charged(Value):
    """The usage that counts against the budget of a day.

    Tokens of a model without a price count at the highest price of the table. So a budget may stop jobs too
    early, but never too late.
    """

    tokens: int
    """All tokens"""
    cost: Amount | None = None
    """The cost in the currency of the prices; null without prices"""


def charged(usage: Usage, prices: Prices | None) -> Charged:
    """Returns what the usage charges to the budget."""
    if prices is None:
        return Charged(tokens=usage.tokens)
    unpriced = money.cost(prices.highest, usage.unpriced_input, usage.unpriced_output)
    known = {name: amount for name, amount in usage.cost.items() if name == prices.currency}
    amount = money.total((known, {prices.currency: unpriced}))[prices.currency]
    return Charged(tokens=usage.tokens, cost=amount)


def exhausted(budget: DailyBudget, spent: Charged, prices: Prices | None) -> str | None:
    """Returns the exhausted part of the budget as text, such as "10 of 10 tokens"; None while budget is left."""
    if budget.cost is not None and spent.cost is not None and spent.cost >= budget.cost:
        currency = prices.currency if prices else ""
        return f"{spent.cost:f} of {budget.cost:f} {currency}"
    if budget.tokens is not None and spent.tokens >= budget.tokens:
        return f"{spent.tokens} of {budget.tokens} tokens"
    return None


def opens_at(now: datetime) -> Timestamp:
    """Returns the start of the next UTC day, when the next budget begins."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), UTC)
