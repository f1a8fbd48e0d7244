"""Routes that manage a workspace's API tokens."""

from __future__ import annotations

import re
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from api.context import principal, services
from api.cursors import bad_cursor
from api.drafts import invalid_field
from api.parameters import DIGITS
from api.schemas.access import CreatedToken, CreateToken, TokenPage, TokenView
from mosaic.access.errors import TokenNotFound
from mosaic.access.model import Role
from mosaic.edge.http import JSON

router = APIGatewayHttpRouter()

TOKEN_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@router.post("/tokens")
def create(request: CreateToken) -> Response[CreatedToken]:
    """Create an API token; only this response shows its secret."""
    caller, deps = principal(router), services(router)
    if request.expires_at and request.expires_at <= deps.clock():
        raise invalid_field("expiresAt", "must be in the future")
    if request.gates and request.role is not Role.REPORTER:
        raise invalid_field("gates", "are allowed only for the role reporter")
    gates = deps.workspaces.now(caller.workspace_id).all_gates
    for index, gate in enumerate(request.gates):
        if gate not in gates:
            names = f"must be one of {', '.join(sorted(gates))}"
            raise invalid_field(
                f"gates[{index}]", names if gates else "is unknown: the workspace has no gates"
            )
    token, bearer = deps.tokens.issue(
        caller.workspace_id,
        request.name,
        request.role,
        caller.actor,
        expires_at=request.expires_at,
        gates=request.gates,
    )
    created = CreatedToken.model_validate({**dict(TokenView.of(token)), "token": bearer})
    return Response(201, JSON, created, {"Cache-Control": "no-store"})


@router.get("/tokens")
def page(
    limit: Annotated[int, Field(ge=1, le=100), DIGITS, Query()] = 25,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> TokenPage:
    """List the workspace's API tokens, including revoked ones, newest first."""
    caller, deps = principal(router), services(router)
    if cursor is not None and not TOKEN_ID.fullmatch(cursor):
        raise bad_cursor("is not a cursor of this API")
    tokens = deps.tokens.page(caller.workspace_id, limit + 1, cursor)
    items = tokens[:limit]
    next_cursor = items[-1].id if len(tokens) > limit else None
    return TokenPage(items=tuple(TokenView.of(token) for token in items), cursor=next_cursor)


@router.delete("/tokens/<token_id>")
def revoke(token_id: str) -> Response[None]:
    """Revoke an API token; it stops working within a minute."""
    caller = principal(router)
    if not TOKEN_ID.fullmatch(token_id):
        raise TokenNotFound(token_id[:128])
    services(router).tokens.revoke(caller.workspace_id, token_id, caller.actor)
    return Response(204)
