"""Checks of option values, and their messages in the words of this program."""

from __future__ import annotations

import re

import typer

# More digits fit no number of the API.
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def whole(text: str | int) -> int:
    """The whole number that is written with ASCII digits alone; int() would also take `5_0`. Raises ValueError."""
    if not _WHOLE.fullmatch(str(text)):
        raise ValueError(f"{str(text)!r} should be a whole number, such as 25")
    return int(text)


def message(error: typer.BadParameter) -> str:
    """The message of an error of Typer without the words of pydantic, choices as the API writes them."""
    text = error.message.removeprefix("Value error, ")
    choices = getattr(getattr(error.param, "type_descriptor", None), "choices", None)
    given, found, _ = text.rpartition(" is not one of ")
    return f"{given} should be one of {', '.join(choices)}" if choices and found else text
