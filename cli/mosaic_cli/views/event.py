"""Events as lines."""

from __future__ import annotations

from typing import Any

from mosaic_cli.errors import Json
from mosaic_cli.text import as_json, line
from mosaic_cli.views.value import moment

PAYLOAD_CHARACTERS = 120


def told(event: Json) -> str:
    """An event in one line: when, what, who, and the values of its payload."""
    payload = event.get("payload") or {}
    given = {name: value for name, value in payload.items() if value not in (None, [], {})}
    values = " ".join(f"{line(name)}={_value(value)}" for name, value in given.items())
    when, type, actor = (line(event.get(name) or "") for name in ("timestamp", "type", "actor"))
    return f"{moment(when)}  {type:<22}  {actor}  {values}".rstrip()


def _value(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ",".join(value)
    return line(value if isinstance(value, str) else as_json(value), PAYLOAD_CHARACTERS)
