"""Who a request comes from, as the authorizer found."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from mosaic.access.model import Permission, Principal
from mosaic.edge.problem import Problem, forbidden


def caller(event: dict[str, Any]) -> Principal | None:
    """The principal that the authorizer named; None for a caller that it does not know."""
    known = event.get("requestContext", {}).get("authorizer", {}).get("lambda") or {}
    try:
        return Principal.model_validate(known)
    except ValidationError:
        return None


def unauthorized() -> Problem:
    """Nobody is known to be calling."""
    return Problem(401, "unauthorized", "send a valid API token as Authorization: Bearer <token>")


def need(principal: Principal | None, permission: Permission) -> Principal:
    """The principal if it holds the permission; raises Problem, 401 for nobody, 403 for a role without it."""
    if principal is None:
        raise unauthorized()
    if not principal.may(permission):
        raise forbidden(permission.value)
    return principal
