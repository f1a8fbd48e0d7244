"""Request and response bodies for limits, prices, budgets and usage."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mosaic.base import Request, SentInt, Timestamp
from mosaic.constraints import Matches
from mosaic.jobs.budget import Charged, DailyBudget
from mosaic.jobs.open_jobs import MAX_OPEN_JOBS_LIMIT
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
MaxOpenJobs = Annotated[SentInt, Field(ge=1, le=MAX_OPEN_JOBS_LIMIT)]
MaxRunning = Annotated[SentInt, Field(ge=1, le=MAX_RUNNING_LIMIT)]


class PriceSetting(Request):
    """The price of a model."""

    input: SentAmount
    """The price of a million input tokens"""
    output: SentAmount
    """The price of a million output tokens"""


class PricesSetting(Request):
    """The prices of models, in one currency."""

    currency: Annotated[
        str, Field(examples=["USD"]), Matches(r"^[A-Z]{3}$", "three capital letters, such as USD")
    ]
    """The currency of all prices, an ISO 4217 code"""
    models: Annotated[dict[Model, PriceSetting], Field(min_length=1, max_length=MAX_PRICES)]
    """The prices by model, as `model` or `provider/model`"""


class BudgetSetting(Request):
    """The maximum usage of the workspace's runs on a UTC day."""

    cost: SentAmount | None = None
    """The maximum cost, in the currency of the prices; default: no limit"""
    tokens: Annotated[SentInt, Field(ge=0, le=10**15)] | None = None
    """The maximum number of tokens, input and output together; default: no limit"""


class BudgetView(DailyBudget):
    """The budget of a day and the usage charged to it."""

    charged: Charged
    """The charged usage. Tokens of a model without a price cost as much as the most expensive model"""
    exhausted: bool
    """Whether the budget blocks further dispatches on this day"""
    opens_at: Timestamp
    """The start of the next budget"""


class UsageView(DayUsage):
    """The usage of the workspace's runs that ended on a day, and the rest of the budget."""

    budget: BudgetView | None
    """The current budget, null if not set"""
