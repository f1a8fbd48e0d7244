"""Events as lines of text."""

from __future__ import annotations

from typing import Any

from mosaic_cli.errors import Json
from mosaic_cli.rendering.text import as_json, line
from mosaic_cli.rendering.values import utc_second

PAYLOAD_CHARACTERS = 120
# Values for auditors, which are the same on most lines.
_VERBOSE_ONLY = frozenset({"policySet", "messageVersion", "scheduledRunId"})


def summary(event: Json, *, verbose: bool = False) -> str:
    """Returns the event's time, type, actor and payload in a line; nested values only if `verbose`."""
    payload = event.get("payload") or {}
    values = {name: value for name, value in payload.items() if value not in (None, [], {})}
    if not verbose:
        values = {
            name: value
            for name, value in values.items()
            if name not in _VERBOSE_ONLY and not _is_nested(value)
        }
    pairs = " ".join(f"{line(name)}={_value_text(value)}" for name, value in values.items())
    timestamp, type, actor = (line(event.get(name) or "") for name in ("timestamp", "type", "actor"))
    return f"{utc_second(timestamp)}  {type:<22}  {actor}  {pairs}".rstrip()


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
    )


def _value_text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ",".join(value)
    return line(value if isinstance(value, str) else as_json(value), PAYLOAD_CHARACTERS)
