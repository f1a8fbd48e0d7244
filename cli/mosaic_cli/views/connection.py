"""Connections to repositories as fields and tables."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.rendering.values import Timestamp, as_text, utc_second


def table(items: Iterable[Json]) -> Table:
    """Returns a row per connection."""
    headers = ("REPOSITORY", "STATUS", "CREATED", "ACTIVE SINCE", "ROTATED")
    return Table(headers, (_row(item) for item in items), drop=("CREATED", "ROTATED"))


def _row(connection: Json) -> tuple[object, ...]:
    times = ("createdAt", "activatedAt", "rotatedAt")
    shown = (Timestamp(connection.get(name)) if connection.get(name) else "" for name in times)
    return (as_text(_name(connection)), connection.get("status"), *shown)


def connected(connection: Json, url: str) -> Json:
    """Returns the fields of a connection with its new secret."""
    return {
        "repository": _name(connection),
        "status": connection.get("status"),
        "webhook": url,
        "secret": connection.get("secret"),
        "previous secret until": utc_second(connection.get("previousSecretUntil")),
    }


def _name(connection: Json) -> str:
    return f"{connection.get('provider')}:{connection.get('name')}"
