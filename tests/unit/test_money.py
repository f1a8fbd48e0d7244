"""Money: exact decimals, no floats, no rounding."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mosaic import money
from mosaic.money import Amount, Price, Prices

AMOUNTS: TypeAdapter[Decimal] = TypeAdapter(Amount)
amounts = st.decimals(0, 9_999_999, places=6, allow_nan=False, allow_infinity=False)
tokens = st.integers(0, 10**12)


def price(read: str, written: str) -> Price:
    return Price.model_validate({"input": read, "output": written})


@pytest.mark.parametrize(
    ("for_input", "for_output", "read", "written", "cost"),
    [
        ("3", "15", 1_000_000, 0, "3"),
        ("3", "15", 0, 1, "0.000015"),
        ("0.15", "0.6", 48210, 3127, "0.0091077"),
        ("0.000001", "0", 1, 0, "0.000000000001"),
        ("0", "0", 10**12, 10**12, "0"),
        ("100", "0", 1_000_000, 0, "100"),
    ],
)
def test_cost_of_tokens(for_input: str, for_output: str, read: int, written: int, cost: str) -> None:
    assert AMOUNTS.dump_python(money.cost(price(for_input, for_output), read, written), mode="json") == cost


@given(amounts, amounts, tokens, tokens)
def test_cost_is_exact_for_any_price(dear: Decimal, cheap: Decimal, read: int, written: int) -> None:
    cost = money.cost(Price(input=dear, output=cheap), read, written)
    assert Fraction(cost) == (Fraction(dear) * read + Fraction(cheap) * written) / 10**6


@given(st.lists(st.tuples(st.sampled_from(["USD", "EUR"]), amounts), max_size=30))
def test_sum_is_exact_and_by_currency(spent: list[tuple[str, Decimal]]) -> None:
    sums = money.total({currency: amount} for currency, amount in spent)
    for currency in {name for name, _ in spent}:
        assert Fraction(sums[currency]) == sum(Fraction(amount) for name, amount in spent if name == currency)


@given(amounts)
def test_amount_is_text_without_exponent(amount: Decimal) -> None:
    text = AMOUNTS.dump_python(money.plain(amount), mode="json")
    assert "E" not in text
    assert not text.endswith(".0")
    assert AMOUNTS.validate_json(AMOUNTS.dump_json(amount)) == amount


@pytest.mark.parametrize("wrong", [1, 2.5, "-1", "1e3", "NaN", "Infinity", "", " 1", "1,5", None, True])
def test_invalid_amount_is_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        AMOUNTS.validate_python(wrong)


def test_provider_may_have_its_own_price() -> None:
    prices = Prices(currency="USD", models={"gpt": price("1", "2"), "azure/gpt": price("3", "1")})
    assert prices.of("gpt", "openai") == price("1", "2")
    assert prices.of("gpt", "azure") == price("3", "1")
    assert prices.of("claude", None) is None
    assert prices.of(None, None) is None
    assert prices.highest == price("3", "2")
