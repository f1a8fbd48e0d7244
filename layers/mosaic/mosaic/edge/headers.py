"""Headers of a request. API Gateway sends lower-case names, other callers any case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def header(event: Mapping[str, Any], name: str) -> str | None:
    """Returns the value of the header `name` (in lower case) in an HTTP API event, or None."""
    for key, value in (event.get("headers") or {}).items():
        if key.lower() == name:
            return str(value)
    return None
