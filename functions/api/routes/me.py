"""The route that tells callers who they are."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import principal
from mosaic.access.model import PERMISSIONS, Permission, Principal, Role
from mosaic.base import Timestamp, Value

router = APIGatewayHttpRouter()


class Me(Value):
    """Who holds the token of the request."""

    workspace_id: str
    """The workspace that it opens"""
    role: Role
    """What its holder is there"""
    permissions: tuple[Permission, ...]
    """What the role may do, in alphabetical order"""
    actor: str
    """The name under which what its holder does is recorded"""
    token_id: str | None = None
    """The API token's id"""
    token_name: str | None = None
    """What the API token is for"""
    gates: tuple[str, ...]
    """The only gates that a reporter may report; all if there are none"""
    expires_at: Timestamp | None = None
    """When the token stops working; unless given it works until it is revoked, or its attempt is over"""

    @classmethod
    def of(cls, caller: Principal) -> Me:
        """What the caller may know of itself."""
        return cls(
            workspace_id=caller.workspace_id,
            role=caller.role,
            permissions=tuple(sorted(PERMISSIONS[caller.role])),
            actor=caller.actor,
            token_id=caller.token_id,
            token_name=caller.token_name,
            gates=caller.gates,
            expires_at=caller.expires_at,
        )


@router.get("/me")
def me() -> Me:
    """Show who holds the token of the request; any valid token may ask."""
    return Me.of(principal(router))
