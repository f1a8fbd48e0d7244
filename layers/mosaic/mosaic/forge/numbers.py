"""Parses named numbers in the text of a check: `coverage: 87.3%` or `coverage=87.3`."""

import re

MAX_NUMBERS = 50
"""The maximum number of names read from all texts."""
MAX_TEXT = 65_536
"""The number of characters read of each text."""

_NAMED_NUMBER = re.compile(
    r"(?<![\w.-])([A-Za-z][\w-]{0,63})`?\s{0,8}[:=]\s{0,8}`?([+-]?\d{1,15}(?:\.\d{1,15})?)(?!\w|[.,]\d)",
    re.ASCII,
)


def numbers_in(*texts: str | None) -> dict[str, float]:
    """Returns the numbers by lower-case name. A name with two different values is left out."""
    values_by_name: dict[str, set[float]] = {}
    for text in texts:
        for name, value in _NAMED_NUMBER.findall((text or "")[:MAX_TEXT]):
            if name.lower() in values_by_name or len(values_by_name) < MAX_NUMBERS:
                values_by_name.setdefault(name.lower(), set()).add(float(value))
    return {name: values.pop() for name, values in values_by_name.items() if len(values) == 1}
