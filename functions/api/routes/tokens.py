"""Routes that manage a workspace's API tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
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
from mosaic.access.model import ANY_REPOSITORY, Role, Workspace
from mosaic.access.tokens import longest_life
from mosaic.edge.http import JSON

router = APIGatewayHttpRouter()

TOKEN_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


@router.post("/tokens")
def create(request: CreateToken) -> Response[CreatedToken]:
    """Create an API token; only this response shows its secret."""
    caller, deps = principal(router), services(router)
    for field, message in _violations(
        request, deps.clock(), lambda: deps.workspaces.now(caller.workspace_id)
    ):
        raise invalid_field(field, message)
    token, bearer = deps.tokens.issue(
        caller.workspace_id,
        request.name,
        request.role,
        caller.actor,
        creators=caller.creators,
        expires_at=request.expires_at,
        gates=request.gates,
        repositories=request.repositories,
    )
    created = CreatedToken.model_validate({**dict(TokenView.of(token)), "token": bearer})
    return Response(201, JSON, created, {"Cache-Control": "no-store"})


def _violations(
    request: CreateToken, now: datetime, workspace: Callable[[], Workspace]
) -> Iterator[tuple[str, str]]:
    """Yields the fields of the request that are not allowed, each with a message."""
    longest = longest_life(request.role)
    if request.expires_at and request.expires_at <= now:
        yield "expiresAt", "must be in the future"
    if request.expires_at and request.expires_at > now + longest:
        yield "expiresAt", f"must be within {longest.days} days for the role {request.role}"
    yield from _reporter_violations(request)
    if request.gates:
        yield from _unknown_gates(request.gates, workspace().all_gates)


def _reporter_violations(request: CreateToken) -> Iterator[tuple[str, str]]:
    is_reporter, names = request.role is Role.REPORTER, request.repositories
    if request.gates and not is_reporter:
        yield "gates", "are allowed only for the role reporter"
    if names and not is_reporter:
        yield "repositories", "are allowed only for the role reporter"
    if is_reporter and not names:
        yield (
            "repositories",
            'are required for the role reporter: name those whose jobs it reports on, or ["*"] for all',
        )
    if ANY_REPOSITORY in names and len(names) > 1:
        yield "repositories", "names * for all repositories and also single ones"


def _unknown_gates(names: tuple[str, ...], known: Collection[str]) -> Iterator[tuple[str, str]]:
    for index, gate in enumerate(names):
        if gate not in known:
            one_of = f"must be one of {', '.join(sorted(known))}"
            yield f"gates[{index}]", one_of if known else "is unknown: the workspace has no gates"


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
