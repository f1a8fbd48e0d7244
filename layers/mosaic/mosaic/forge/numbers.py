"""Numbers that the text of a check tells: `coverage: 87.3%`, `coverage=87.3`, one name and one value each."""

import re

MAX_NUMBERS = 50
"""How many are read of one text."""
LONGEST_TEXT = 65_536
"""How many characters of a text are read."""

_TOLD = re.compile(
    r"(?<![\w.-])([A-Za-z][\w-]{0,63})`?\s{0,8}[:=]\s{0,8}`?([+-]?\d{1,15}(?:\.\d{1,15})?)(?!\w|[.,]\d)",
    re.ASCII,
)


def numbers_in(*texts: str | None) -> dict[str, float]:
    """The numbers that are told by name, names in lower case; one that is told twice with two values is none."""
    told: dict[str, set[float]] = {}
    for text in texts:
        for name, value in _TOLD.findall((text or "")[:LONGEST_TEXT]):
            if name.lower() in told or len(told) < MAX_NUMBERS:
                told.setdefault(name.lower(), set()).add(float(value))
    return {name: values.pop() for name, values in told.items() if len(values) == 1}
