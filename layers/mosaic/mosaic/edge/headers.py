"""A request's headers. API Gateway writes their names in lower case, others as they were sent."""

from __future__ import annotations

from typing import Any


def header(event: dict[str, Any], name: str) -> str | None:
    """The value of a header in an HTTP API event, None where there is none; `name` in lower case."""
    for spelt, value in (event.get("headers") or {}).items():
        if spelt.lower() == name:
            return str(value)
    return None
