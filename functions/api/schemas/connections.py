"""Request and response bodies for connections to repositories."""

from __future__ import annotations

from datetime import datetime

from mosaic.access.connections import PREVIOUS_SECRET_LIFE, Connection, ConnectionStatus
from mosaic.base import Request, SentBool, Timestamp, Value
from mosaic.forge.intent import Provider
from mosaic.forge.payload import RepositoryName


class ConnectRepository(Request):
    """A repository to connect."""

    provider: Provider
    """The forge; `mosaic` for the bot's own webhook"""
    name: RepositoryName
    """The repository, as `owner/name`"""


class RotateSecret(Request):
    """How to replace the secret of a connection."""

    retire_previous: SentBool = False
    """Whether the previous secret ends at once, as after a leak; default: it stays valid for seven days"""


class ConnectionView(Value):
    """A connection to a repository."""

    provider: Provider
    """The forge"""
    name: str
    """The repository, as `owner/name`"""
    status: ConnectionStatus
    """`pending` until a delivery arrives that is signed with the connection's secret, then `active`"""
    webhook_path: str
    """The path of the webhook's URL, below the URL of this API"""
    repository_id: int | None = None
    """The forge's id of the repository, if a delivery named it"""
    created_at: Timestamp
    """The time of creation"""
    created_by: str
    """The actor that created the connection"""
    activated_at: Timestamp | None = None
    """The time of the first delivery"""
    rotated_at: Timestamp | None = None
    """The time of the last change of the secret"""
    previous_secret_until: Timestamp | None = None
    """The end of the previous secret, while it is valid"""

    @classmethod
    def of(cls, connection: Connection, now: datetime) -> ConnectionView:
        """Returns the connection without the names of its secrets."""
        rotating = len(connection.valid_secret_ids(now)) > 1 and connection.rotated_at is not None
        suffix = "" if connection.provider == "mosaic" else f"/{connection.provider}"
        return cls.model_validate(
            {
                **{name: getattr(connection, name, None) for name in cls.model_fields},
                "webhook_path": f"/stitcher/webhook{suffix}",
                "previous_secret_until": connection.rotated_at + PREVIOUS_SECRET_LIFE
                if rotating and connection.rotated_at
                else None,
            }
        )


class ConnectedRepository(ConnectionView):
    """A connection with its new secret."""

    secret: str
    """The secret to enter in the forge's webhook; no other response shows it"""


class ConnectionList(Value):
    """The connections of a workspace."""

    items: tuple[ConnectionView, ...]
    """The connections, by forge and name"""
