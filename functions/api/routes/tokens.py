"""Routes of a workspace's API tokens."""

from __future__ import annotations

import re
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from api.context import principal, services
from api.drafts import invalid
from api.parameters import DIGITS
from api.schemas.access import CreatedToken, CreateToken, TokenPage, TokenView
from mosaic.access.errors import TokenNotFound
from mosaic.access.model import Role
from mosaic.edge.http import JSON
from mosaic.edge.problem import FieldError, Problem

router = APIGatewayHttpRouter()

TOKEN_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@router.post("/tokens")
def create(request: CreateToken) -> Response[CreatedToken]:
    """Make an API token; its bearer is shown this once."""
    caller, at = principal(router), services(router)
    if request.expires_at and request.expires_at <= at.clock():
        raise invalid("expiresAt", "must lie in the future")
    if request.gates and request.role is not Role.REPORTER:
        raise invalid("gates", "limit a reporter only")
    known = at.workspaces.now(caller.workspace_id).all_gates
    for index, gate in enumerate(request.gates):
        if gate not in known:
            told = (
                f"must be one of {', '.join(sorted(known))}"
                if known
                else "is none: the workspace has no gates"
            )
            raise invalid(f"gates[{index}]", told)
    token, bearer = at.tokens.issue(
        caller.workspace_id,
        request.name,
        request.role,
        caller.actor,
        expires_at=request.expires_at,
        gates=request.gates,
    )
    shown = CreatedToken.model_validate({**dict(TokenView.of(token)), "token": bearer})
    return Response(201, JSON, shown, {"Cache-Control": "no-store"})


@router.get("/tokens")
def page(
    limit: Annotated[int, Field(ge=1, le=100), DIGITS, Query()] = 25,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> TokenPage:
    """List the workspace's API tokens, revoked ones too, newest first."""
    caller, at = principal(router), services(router)
    if cursor is not None and not TOKEN_ID.fullmatch(cursor):
        wrong = FieldError("cursor", "is not a cursor of this API")
        raise Problem(400, "bad_cursor", f"the cursor {wrong.message}", (wrong,))
    found = at.tokens.page(caller.workspace_id, limit + 1, cursor)
    shown = found[:limit]
    more = shown[-1].id if len(found) > limit else None
    return TokenPage(items=tuple(TokenView.of(token) for token in shown), cursor=more)


@router.delete("/tokens/<token_id>")
def revoke(token_id: str) -> Response[None]:
    """Revoke an API token: it stops working within a minute."""
    caller = principal(router)
    if not TOKEN_ID.fullmatch(token_id):
        raise TokenNotFound(token_id[:128])
    services(router).tokens.revoke(caller.workspace_id, token_id, caller.actor)
    return Response(204)
