"""The path of a request, since API Gateway accepts more characters in ids than Mosaic."""

from __future__ import annotations

from typing import Any

from mosaic.edge.http import not_found


def require_printable_path(event: dict[str, Any]) -> None:
    """Raises Problem (404) for a path parameter with an unprintable character.

    No id has one. `$` in the patterns of Powertools' router also matches before a final line break. So the
    router would accept an id followed by one.
    """
    if not all(str(value).isprintable() for value in (event.get("pathParameters") or {}).values()):
        raise not_found()
