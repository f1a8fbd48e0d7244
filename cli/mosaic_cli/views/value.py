"""Single values as text."""

from __future__ import annotations


def moment(timestamp: object) -> str:
    """RFC 3339 in UTC, without the milliseconds."""
    whole, _, rest = shown(timestamp).partition(".")
    return f"{whole}Z" if rest else whole


def minute(timestamp: object) -> str:
    """RFC 3339 in UTC, to the minute."""
    return f"{shown(timestamp)[:16]}Z" if timestamp else ""


def shown(value: object) -> str:
    """`value` as text, nothing for None."""
    return "" if value is None else str(value)
