"""Money: exact decimals, never floats, never rounded. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from mosaic.base import Value

# Seven digits before the point and six behind: with up to 10^12 tokens every product and sum fits into PLACES.
AMOUNT = r"^[0-9]{1,7}([.][0-9]{1,6})?$"
PLACES = 60
_EXACT = Context(prec=PLACES, traps=[Inexact, InvalidOperation, Overflow])
_MILLION = Decimal(10**6)


_WRITTEN = re.compile(r"[0-9]+([.][0-9]+)?")


def _exact(value: Any) -> Any:
    if not isinstance(value, Decimal) and not (isinstance(value, str) and _WRITTEN.fullmatch(value)):
        raise ValueError('should be a decimal number as text, for example "2.50"')
    return value


def _not_negative(amount: Decimal) -> Decimal:
    if not amount.is_finite() or amount < 0:
        raise ValueError("should be an amount of money")
    return amount


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    AfterValidator(_not_negative),
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]+([.][0-9]+)?$", "examples": ["2.50"]}),
]
"""An amount of money of any size, as text in JSON."""


class Cost(Value):
    """What something cost."""

    amount: Amount
    """How much, exactly"""
    currency: str
    """Of which money"""


class Price(Value):
    """What a model costs."""

    input: Amount
    """For a million tokens that it reads"""
    output: Amount
    """For a million tokens that it writes"""


class Prices(Value):
    """What models cost, all in one currency."""

    currency: str
    """The money that all prices are in, as ISO 4217 has it"""
    models: dict[str, Price]
    """Prices by model, as `model` or `provider/model`"""

    def of(self, model: str | None, provider: str | None) -> Price | None:
        """The price of a model, None for one that has none; with its provider it may have another."""
        return self.models.get(f"{provider}/{model}") or self.models.get(str(model))

    @property
    def dearest(self) -> Price:
        """A price that no model of the table is above."""
        zero = Decimal(0)
        return Price(
            input=max((price.input for price in self.models.values()), default=zero),
            output=max((price.output for price in self.models.values()), default=zero),
        )


def cost(price: Price, tokens_input: int, tokens_output: int) -> Decimal:
    """What so many tokens cost, to the last digit."""
    read = _EXACT.multiply(price.input, Decimal(tokens_input))
    written = _EXACT.multiply(price.output, Decimal(tokens_output))
    return plain(_EXACT.divide(_EXACT.add(read, written), _MILLION))


def total(amounts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """The sum of amounts, by currency."""
    sums: dict[str, Decimal] = {}
    for each in amounts:
        for currency, amount in each.items():
            sums[currency] = plain(_EXACT.add(sums.get(currency, Decimal(0)), amount))
    return dict(sorted(sums.items()))


def plain(amount: Decimal) -> Decimal:
    """The same amount without zeros at its end, and without an exponent."""
    shorter = amount.normalize(_EXACT)
    return shorter.quantize(Decimal(1), context=_EXACT) if shorter == shorter.to_integral_value() else shorter
