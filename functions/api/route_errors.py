"""What is answered where no route is: 404, or 405 where the path has other methods."""

from __future__ import annotations

from typing import Any

from api.authorization import ROUTES
from mosaic.edge.http import not_found
from mosaic.edge.problem import Problem

# The webhook function's routes; their paths have no other method.
ELSEWHERE = (
    "POST /stitcher/webhook",
    "POST /stitcher/webhook/github",
    "POST /stitcher/webhook/gitea",
    "POST /stitcher/openclaw/{token}",
)


def nowhere(event: dict[str, Any]) -> Problem:
    """The problem of a request that API Gateway sent to its route `$default`."""
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    allowed = methods(path)
    if not allowed or method in allowed:
        return not_found()
    names = ", ".join(sorted(allowed))
    return Problem(
        405, "method_not_allowed", f"this path does not take {method}, but {names}", headers={"Allow": names}
    )


def methods(path: str) -> frozenset[str]:
    """The methods that a path has, of whatever function; none where nothing can be."""
    routes = (route.split(" ", 1) for route in (*ROUTES, *ELSEWHERE))
    return frozenset(method for method, pattern in routes if _is_at(path, pattern))


def _is_at(path: str, pattern: str) -> bool:
    steps, known = path.split("/"), pattern.split("/")
    return len(steps) == len(known) and all(
        step == name or (step != "" and name.startswith("{")) for step, name in zip(steps, known, strict=True)
    )
