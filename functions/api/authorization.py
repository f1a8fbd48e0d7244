"""The permission that each route requires, and its check."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from mosaic.access.model import Permission, Principal
from mosaic.edge.problem import Problem

# None: the route needs no token. A route outside this table does not exist.
ROUTES: dict[str, Permission | None] = {
    "GET /me": Permission.READ_SELF,
    "POST /runner-jobs": Permission.CREATE_JOBS,
    "GET /runner-jobs": Permission.READ_JOBS,
    "GET /runner-jobs/counts": Permission.READ_JOBS,
    "POST /runner-jobs/bulk/cancel": Permission.CONTROL_JOBS,
    "POST /runner-jobs/bulk/retry": Permission.CONTROL_JOBS,
    "GET /runner-jobs/{jobId}": Permission.READ_JOBS,
    "GET /runner-jobs/{jobId}/steps": Permission.READ_JOBS,
    "GET /runner-jobs/{jobId}/events": Permission.READ_JOBS,
    "GET /runner-jobs/{jobId}/events/verify": Permission.READ_JOBS,
    "POST /runner-jobs/{jobId}/events/repair": Permission.CONTROL_JOBS,
    "POST /runner-jobs/{jobId}/cancel": Permission.CONTROL_JOBS,
    "POST /runner-jobs/{jobId}/retry": Permission.CONTROL_JOBS,
    "POST /runner-jobs/{jobId}/approve": Permission.APPROVE_JOBS,
    "POST /runner-jobs/{jobId}/deny": Permission.APPROVE_JOBS,
    "POST /runner-jobs/{jobId}/reports": Permission.REPORT_JOBS,
    "PUT /runner-jobs/{jobId}/gates/{gateId}": Permission.REPORT_GATES,
    "GET /approvals": Permission.READ_JOBS,
    "POST /stitcher/dispatch": Permission.CREATE_JOBS,
    "GET /policies": Permission.READ_JOBS,
    "POST /dead-letters/redrive": Permission.CONTROL_JOBS,
    "GET /workspaces/current": Permission.READ_WORKSPACE,
    "PUT /workspaces/current": Permission.WRITE_WORKSPACE,
    "GET /workspaces/current/repositories": Permission.READ_WORKSPACE,
    "POST /workspaces/current/repositories": Permission.WRITE_WORKSPACE,
    "POST /workspaces/current/repositories/{provider}/{owner}/{name}/rotate": Permission.WRITE_WORKSPACE,
    "DELETE /workspaces/current/repositories/{provider}/{owner}/{name}": Permission.WRITE_WORKSPACE,
    "GET /workspaces/current/usage": Permission.READ_JOBS,
    "POST /tokens": Permission.MANAGE_TOKENS,
    "GET /tokens": Permission.MANAGE_TOKENS,
    "DELETE /tokens/{tokenId}": Permission.MANAGE_TOKENS,
    "GET /": None,
    "GET /health": None,
    "GET /openapi.json": None,
    "GET /docs": None,
}


def authorize(event: dict[str, Any]) -> Principal | None:
    """Returns the caller, None on an open route. Raises Problem: 401 without a valid token, 403 without the
    permission.

    The event's route must be in ROUTES.
    """
    permission = ROUTES[event["routeKey"]]
    return require_permission(_caller(event), permission) if permission else None


def require_permission(principal: Principal | None, permission: Permission) -> Principal:
    """Returns the principal. Raises Problem: 401 without a principal, 403 if its role lacks the permission."""
    if principal is None:
        raise Problem(401, "unauthorized", "send a valid API token as Authorization: Bearer <token>")
    if not principal.may(permission):
        raise Problem(
            403, "forbidden", f"the role {principal.role} does not have the permission {permission}"
        )
    return principal


def _caller(event: dict[str, Any]) -> Principal | None:
    context = event.get("requestContext", {}).get("authorizer", {}).get("lambda") or {}
    try:
        return Principal.model_validate(context)
    except ValidationError:
        return None
