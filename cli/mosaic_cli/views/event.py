"""Events as lines."""

from __future__ import annotations

from typing import Any

from mosaic_cli.errors import Json
from mosaic_cli.rendering.text import as_json, line
from mosaic_cli.rendering.values import moment

PAYLOAD_CHARACTERS = 120
# Of use to an auditor, and the same on most lines.
_LEFT_OUT = frozenset({"policySet", "messageVersion", "scheduledRunId"})


def told(event: Json, *, verbose: bool = False) -> str:
    """An event in one line: when, what, who, and the plain values of its payload; nested ones only if `verbose`."""
    payload = event.get("payload") or {}
    given = {name: value for name, value in payload.items() if value not in (None, [], {})}
    if not verbose:
        given = {name: value for name, value in given.items() if name not in _LEFT_OUT and not _nested(value)}
    values = " ".join(f"{line(name)}={_value(value)}" for name, value in given.items())
    when, type, actor = (line(event.get(name) or "") for name in ("timestamp", "type", "actor"))
    return f"{moment(when)}  {type:<22}  {actor}  {values}".rstrip()


def _nested(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, dict | list) for item in value)
    )


def _value(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ",".join(value)
    return line(value if isinstance(value, str) else as_json(value), PAYLOAD_CHARACTERS)
