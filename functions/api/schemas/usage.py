"""What clients send and get of limits, prices, budgets and use: the HTTP contract in types."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mosaic.base import Request, SentInt, Timestamp
from mosaic.constraints import Matches
from mosaic.jobs.budget import Charged, DailyBudget
from mosaic.jobs.slots import MAX_RUNNING_LIMIT
from mosaic.jobs.usage import DayUsage
from mosaic.money import AMOUNT

MAX_PRICES = 50


SentAmount = Annotated[
    str,
    Field(examples=["2.50"]),
    Matches(AMOUNT, "an amount such as 2.50, with at most 7 digits before the point and 6 behind it"),
]
Model = Annotated[
    str, Field(min_length=1, max_length=200), Matches(r"^[!-~]+$", "a model's name, without spaces")
]
MaxRunning = Annotated[SentInt, Field(ge=1, le=MAX_RUNNING_LIMIT)]


class PriceSetting(Request):
    """What a model costs."""

    input: SentAmount
    """For a million tokens that it reads"""
    output: SentAmount
    """For a million tokens that it writes"""


class PricesSetting(Request):
    """What models cost, all in one currency."""

    currency: Annotated[
        str, Field(examples=["USD"]), Matches(r"^[A-Z]{3}$", "three capital letters, such as USD")
    ]
    """The money that all prices are in, as ISO 4217 has it"""
    models: Annotated[dict[Model, PriceSetting], Field(min_length=1, max_length=MAX_PRICES)]
    """Prices by model, as `model` or `provider/model`"""


class BudgetSetting(Request):
    """The most that the workspace's runs may use in a day of UTC."""

    cost: SentAmount | None = None
    """Money, in the currency of the prices; no bound unless given"""
    tokens: Annotated[SentInt, Field(ge=0, le=10**15)] | None = None
    """Tokens, read and written together; no bound unless given"""


class BudgetView(DailyBudget):
    """The budget of a day, and what counts against it."""

    charged: Charged
    """What counts; tokens of a model without a price at the dearest price of the table"""
    exhausted: bool
    """Whether nothing more is dispatched on this day"""
    opens_at: Timestamp
    """When the next budget begins"""


class UsageView(DayUsage):
    """What the workspace's runs that ended on a day have used, and what that leaves of the budget."""

    budget: BudgetView | None
    """The budget as it is now, if there is one"""
