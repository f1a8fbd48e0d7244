"""Usage of runs, derived from steps. An unknown cost is not zero."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs import budget, usage
from mosaic.jobs.budget import Charged, DailyBudget
from mosaic.jobs.states import Phase, StepStatus, StepType
from mosaic.jobs.steps import AGENT_RUN
from mosaic.jobs.usage import Usage
from mosaic.jobs.value_objects import Result, Step
from mosaic.money import Cost, Price, Prices
from tests.fakes.clock import NOON

PRICES = Prices(currency="USD", models={"gpt": Price(input=Decimal("2"), output=Decimal("8"))})


def step(name: str, attempt: int = 1, at: datetime = NOON, **fields: Any) -> Step:
    return Step(
        ordinal=1,
        attempt=attempt,
        phase=Phase.EXECUTION,
        type=StepType.AI_ACTION,
        name=name,
        status=StepStatus.COMPLETED,
        completed_at=at,
        **fields,
    )


def run(attempt: int = 1, at: datetime = NOON, prices: Prices | None = PRICES, **result: Any) -> Step:
    return step(AGENT_RUN, attempt, at, **usage.usage_fields(Result(**result), prices))


def test_gateway_tokens_override_reported_tokens() -> None:
    steps = (
        step("think", tokens_input=70, tokens_output=7),
        step("write", tokens_input=30, tokens_output=3),
        run(model="gpt", tokens_input=100, tokens_output=10, duration_ms=5000),
    )
    (attempt,) = usage.usage_by_attempt(steps)
    assert (attempt.tokens_input, attempt.tokens_output, attempt.duration_ms) == (100, 10, 5000)
    assert attempt.cost == {"USD": Decimal("0.00028")}
    assert attempt.model == "gpt"
    assert attempt.unpriced_input == attempt.unpriced_output == 0


def test_reported_tokens_count_without_gateway_tokens() -> None:
    steps = (step("think", tokens_input=70), step("write", tokens_output=3), run(duration_ms=900))
    (attempt,) = usage.usage_by_attempt(steps)
    assert (attempt.tokens_input, attempt.tokens_output, attempt.duration_ms) == (70, 3, 900)
    assert attempt.cost == {}
    assert (attempt.unpriced_input, attempt.unpriced_output) == (70, 3)


@pytest.mark.parametrize(
    ("model", "prices", "cost"),
    [
        ("gpt", PRICES, {"USD": Decimal("0.000002")}),
        ("claude", PRICES, {}),
        ("gpt", None, {}),
        (None, PRICES, {}),
    ],
)
def test_model_without_price_has_unknown_cost(
    model: str | None, prices: Prices | None, cost: dict[str, Decimal]
) -> None:
    (attempt,) = usage.usage_by_attempt((run(model=model, tokens_input=1, tokens_output=0, prices=prices),))
    assert attempt.cost == cost
    assert attempt.unpriced_input == (0 if cost else 1)


def test_job_usage_is_sum_of_attempts() -> None:
    assert usage.usage_of_job(()) is None
    assert usage.usage_of_job((step("guard rails"),)) is None
    steps = (run(1, model="gpt", tokens_input=10), run(2, model="claude", tokens_output=5), run(3))
    total = usage.usage_of_job(steps)
    assert total
    assert (total.tokens_input, total.tokens_output, total.unpriced_output) == (10, 5, 5)
    assert total.cost == {"USD": Decimal("0.00002")}


def test_attempt_counts_on_the_day_it_ended() -> None:
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    steps = (
        run(1, midnight - timedelta(milliseconds=1), tokens_input=1),
        run(2, midnight, tokens_input=10),
        run(3, midnight + timedelta(hours=3), tokens_input=100),
    )
    days = usage.usage_by_day(steps)
    assert {day: step.tokens_input for day, step in days.items()} == {"2026-11-22": 1, "2026-11-23": 110}


runs = st.lists(
    st.builds(
        run,
        attempt=st.integers(1, 4),
        at=st.integers(0, 72).map(lambda hours: NOON + timedelta(hours=hours)),
        model=st.sampled_from(["gpt", "claude", None]),
        tokens_input=st.none() | st.integers(0, 10**9),
        tokens_output=st.none() | st.integers(0, 10**9),
        duration_ms=st.none() | st.integers(0, 10**6),
    ),
    max_size=4,
    unique_by=lambda step: step.attempt,
)
reported = st.lists(
    st.builds(
        step,
        name=st.sampled_from(["think", "write"]),
        attempt=st.integers(1, 4),
        tokens_input=st.none() | st.integers(0, 10**9),
    ),
    max_size=6,
)


@given(runs, reported)
def test_usage_by_attempt_day_and_job_agree(ran: list[Step], reported: list[Step]) -> None:
    steps = (*reported, *ran)
    attempts, days = usage.usage_by_attempt(steps), usage.usage_by_day(steps)
    whole = usage.usage_of_job(steps) or Usage()
    assert usage.total(attempts) == usage.total(days.values()) == whole
    assert whole.tokens_input <= sum(step.tokens_input or 0 for step in steps)
    assert whole.unpriced_input <= whole.tokens_input
    assert Usage.model_validate_json(whole.model_dump_json(by_alias=True)) == whole


@pytest.mark.parametrize(
    ("spent", "daily_budget", "expected"),
    [
        (Usage(tokens_input=5, tokens_output=4), DailyBudget(tokens=10), None),
        (Usage(tokens_input=5, tokens_output=5), DailyBudget(tokens=10), "10 of 10 tokens"),
        (Usage(cost={"USD": Decimal("1.99")}), DailyBudget(cost=Decimal("2.00")), None),
        (Usage(cost={"USD": Decimal("2.5")}), DailyBudget(cost=Decimal("2.00")), "2.5 of 2.00 USD"),
        (Usage(cost={"EUR": Decimal("9")}), DailyBudget(cost=Decimal("2")), None),
        (Usage(tokens_input=10**6, unpriced_input=10**6), DailyBudget(cost=Decimal("2")), "2 of 2 USD"),
        (Usage(tokens_input=10**9), DailyBudget(), None),
    ],
)
def test_budget_is_exhausted_at_its_limit(
    spent: Usage, daily_budget: DailyBudget, expected: str | None
) -> None:
    assert budget.exhausted(daily_budget, budget.charged(spent, PRICES), PRICES) == expected


def test_without_prices_only_tokens_are_known() -> None:
    assert budget.charged(Usage(tokens_input=3), None) == Charged(tokens=3, cost=None)


def test_next_budget_begins_with_utc_day() -> None:
    assert budget.opens_at(NOON) == NOON.replace(hour=0) + timedelta(days=1)
    cost = Cost(amount=Decimal("1"), currency="USD")
    assert cost.model_dump(mode="json") == {"amount": "1", "currency": "USD"}
