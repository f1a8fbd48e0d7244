"""Parsing of option values, and the messages for invalid ones."""

from __future__ import annotations

import re

import typer

# No number of the API has more digits.
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def whole_number(text: str | int) -> int:
    """Parses ASCII digits; unlike int(), it rejects `5_0`. Raises ValueError."""
    if not _WHOLE.fullmatch(str(text)):
        raise ValueError(f"{str(text)!r} should be a whole number, such as 25")
    return int(text)


def message(error: typer.BadParameter) -> str:
    """Returns the message of a Typer error without pydantic's prefix, with choices as the API spells them."""
    text = error.message.removeprefix("Value error, ")
    choices = getattr(getattr(error.param, "type_descriptor", None), "choices", None)
    value, separator, _ = text.rpartition(" is not one of ")
    return f"{value} should be one of {', '.join(choices)}" if choices and separator else text
