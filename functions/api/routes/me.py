"""The route that shows the caller's own identity."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from api.context import principal
from mosaic.access.model import PERMISSIONS, Permission, Principal, Role
from mosaic.base import Timestamp, Value

router = APIGatewayHttpRouter()


class Me(Value):
    """The identity behind the token of the request."""

    workspace_id: str
    """The workspace of the token"""
    role: Role
    """The role of the token"""
    permissions: tuple[Permission, ...]
    """The permissions of the role, in alphabetical order"""
    actor: str
    """The actor recorded for actions with this token"""
    token_id: str | None = None
    """The API token's id"""
    token_name: str | None = None
    """The API token's name"""
    gates: tuple[str, ...]
    """The gates that a reporter may report; empty for all"""
    repositories: tuple[str, ...]
    """The repositories whose jobs a reporter may report on; `*` for all"""
    expires_at: Timestamp | None = None
    """The time when the token expires; null: valid until revoked, or until the end of its attempt"""

    @classmethod
    def of(cls, caller: Principal) -> Me:
        """Return the identity of the caller."""
        return cls(
            workspace_id=caller.workspace_id,
            role=caller.role,
            permissions=tuple(sorted(PERMISSIONS[caller.role])),
            actor=caller.actor,
            token_id=caller.token_id,
            token_name=caller.token_name,
            gates=caller.gates,
            repositories=caller.repositories,
            expires_at=caller.expires_at,
        )


@router.get("/me")
def me() -> Me:
    """Show the identity behind the token; every valid token may do this."""
    return Me.of(principal(router))
