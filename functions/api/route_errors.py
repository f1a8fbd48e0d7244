"""Responses to unknown routes: 404, or 405 if the path has other methods."""

from __future__ import annotations

from typing import Any

from api.authorization import ROUTES
from mosaic.edge.http import not_found
from mosaic.edge.problem import Problem

# The routes of the webhook function; their paths have no other method.
WEBHOOK_ROUTES = (
    "POST /stitcher/webhook",
    "POST /stitcher/webhook/github",
    "POST /stitcher/webhook/gitea",
    "POST /stitcher/webhook/forgejo",
    "POST /stitcher/openclaw/{token}",
)


def route_error(event: dict[str, Any]) -> Problem:
    """Returns the problem of a request that API Gateway sent to its route `$default`."""
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    allowed = methods(path)
    if not allowed or method in allowed:
        return not_found()
    names = ", ".join(sorted(allowed))
    return Problem(
        405, "method_not_allowed", f"this path allows {names}, not {method}", headers={"Allow": names}
    )


def methods(path: str) -> frozenset[str]:
    """Returns the methods of a path in all functions."""
    routes = (route.split(" ", 1) for route in (*ROUTES, *WEBHOOK_ROUTES))
    return frozenset(method for method, pattern in routes if _matches(path, pattern))


def _matches(path: str, pattern: str) -> bool:
    segments, names = path.split("/"), pattern.split("/")
    return len(segments) == len(names) and all(
        segment == name or (segment != "" and name.startswith("{"))
        for segment, name in zip(segments, names, strict=True)
    )
