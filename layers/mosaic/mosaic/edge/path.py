"""A request's path, where API Gateway takes more for an id than there can be."""

from __future__ import annotations

from typing import Any

from mosaic.edge.http import not_found


def require_visible(event: dict[str, Any]) -> None:
    """Raise Problem (404) where a part of the path holds a character that cannot be seen.

    No id has one. Powertools' router would take an id with a line break behind it for the id itself: the `$` of its
    expressions stands before a last line break too.
    """
    if not all(str(value).isprintable() for value in (event.get("pathParameters") or {}).values()):
        raise not_found()
