"""Money as exact decimals, never rounded. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from mosaic.base import Value

# Seven digits before the point, six after it: with up to 10^12 tokens, all products and sums fit into
# PRECISION.
AMOUNT = r"^[0-9]{1,7}([.][0-9]{1,6})?$"
PRECISION = 60
_EXACT = Context(prec=PRECISION, traps=[Inexact, InvalidOperation, Overflow])
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
"""An amount of money, as text in JSON."""


class Cost(Value):
    """A cost in one currency."""

    amount: Amount
    """The exact amount"""
    currency: str
    """The currency"""


class Price(Value):
    """The price of a model."""

    input: Amount
    """The price of a million input tokens"""
    output: Amount
    """The price of a million output tokens"""


class Prices(Value):
    """The prices of models, in one currency."""

    currency: str
    """The currency of all prices, as an ISO 4217 code"""
    models: dict[str, Price]
    """Prices by model, as `model` or `provider/model`"""

    def of(self, model: str | None, provider: str | None) -> Price | None:
        """Returns the price of a model, or None. A price for `provider/model` takes precedence."""
        return self.models.get(f"{provider}/{model}") or self.models.get(str(model))

    @property
    def highest(self) -> Price:
        """The highest input price and the highest output price of the table."""
        zero = Decimal(0)
        return Price(
            input=max((price.input for price in self.models.values()), default=zero),
            output=max((price.output for price in self.models.values()), default=zero),
        )


def cost(price: Price, tokens_input: int, tokens_output: int) -> Decimal:
    """Returns the exact cost of the tokens."""
    read = _EXACT.multiply(price.input, Decimal(tokens_input))
    written = _EXACT.multiply(price.output, Decimal(tokens_output))
    return plain(_EXACT.divide(_EXACT.add(read, written), _MILLION))


def total(amounts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """Returns the sum of the amounts, by currency."""
    sums: dict[str, Decimal] = {}
    for amounts_by_currency in amounts:
        for currency, amount in amounts_by_currency.items():
            sums[currency] = plain(_EXACT.add(sums.get(currency, Decimal(0)), amount))
    return dict(sorted(sums.items()))


def plain(amount: Decimal) -> Decimal:
    """Returns the amount without trailing zeros and without an exponent."""
    shorter = amount.normalize(_EXACT)
    return shorter.quantize(Decimal(1), context=_EXACT) if shorter == shorter.to_integral_value() else shorter
