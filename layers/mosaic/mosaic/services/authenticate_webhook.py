"""Authenticate a webhook delivery: check its signature, and find the workspace of its repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from aws_lambda_powertools import Logger

from mosaic.access.connections import Connection
from mosaic.access.errors import StaleAccess
from mosaic.access.model import Workspace
from mosaic.forge import signature
from mosaic.forge.errors import SignatureError
from mosaic.forge.intent import Provider
from mosaic.services.follow_repository import ConnectionChanges
from mosaic.storage.access import Access
from mosaic.storage.connections import Connections
from mosaic.storage.secrets import Secrets, SecretUnavailable

logger = Logger(child=True)


@dataclass(frozen=True)
class Delivery:
    """A delivery before its signature is checked. The repository is only what the body claims."""

    provider: Provider
    headers: Mapping[str, str]
    body: bytes
    repository: str | None
    repository_id: int | None = None


@dataclass(frozen=True)
class WebhookAuthenticator:
    """Checks signatures with the secret of the repository's connection.

    The deployment's own secret, `secret_id`, counts only for repositories without a connection, and only if
    the deployment is `single_tenant`: several tenants that share a secret could sign for one another.
    """

    access: Access
    connections: Connections
    secrets: Secrets
    secret_id: str
    clock: Callable[[], datetime]
    single_tenant: bool = False

    def require_signature(self, provider: Provider, headers: Mapping[str, str]) -> None:
        """Raises SignatureError for headers without a signature. Needs neither the body nor a secret."""
        signature.require_claim(provider, headers, self.clock().timestamp())

    def authenticate(self, delivery: Delivery) -> Workspace | None:
        """Returns the workspace of the delivery's repository, or None when no workspace receives it.

        The signature is checked before any workspace is read, so that the answer reveals nothing about the
        repository. The first delivery that a pending connection's secret signed makes the connection active.
        Raises SignatureError, and SecretUnavailable if the active connection's secret cannot be read.
        """
        workspace_id = self._workspace_id(delivery)
        return self.access.workspace(workspace_id) if workspace_id else None

    def _workspace_id(self, delivery: Delivery) -> str | None:
        name = delivery.repository
        known = self.connections.of_repository(delivery.provider, name) if name else ()
        active = next((one for one in known if one.status == "active"), None)
        moved = None if active and _has_id(active, delivery) else self._of_id(delivery)
        if moved and _may_have_the_name_of(active, moved) and self._is_signed_by(delivery, moved):
            return self.changes.renamed(moved, delivery.repository)
        if active:
            self._verify(delivery, self._secrets_of(active))
            return self.changes.with_id(active, delivery.repository_id).workspace_id
        for connection in known:
            if self._is_signed_by(delivery, connection):
                return self._activated(connection, delivery)
        self._verify(delivery, self._shared_secrets(delivery.provider))
        if not name or not self.single_tenant:
            return None
        return self.access.workspace_of(delivery.provider, name)

    def _is_signed_by(self, delivery: Delivery, connection: Connection) -> bool:
        try:
            self._verify(delivery, self._secrets_of(connection))
        except SignatureError:
            return False
        except SecretUnavailable as error:
            # Another workspace's claim must not stop the deliveries of this repository.
            logger.warning("the secret of a pending connection cannot be read", reason=str(error))
            return False
        return True

    def _of_id(self, delivery: Delivery) -> Connection | None:
        """Returns the active connection of the repository with the delivery's id: it may have a new name."""
        if delivery.repository_id is None:
            return None
        return self.connections.of_repository_id(delivery.provider, delivery.repository_id)

    def _activated(self, connection: Connection, delivery: Delivery) -> str | None:
        now = self.clock()
        repository_id = self.changes.free_id(connection, delivery.repository_id)
        changes = {"status": "active", "repository_id": repository_id, "activated_at": now}
        try:
            self.connections.replace(connection, connection.model_copy(update=changes))
        except StaleAccess:
            # Another delivery made this connection active, or another one of the repository.
            known = self.connections.of_repository(connection.provider, connection.name)
            first = {one.workspace_id for one in known if one.status == "active"}
            return connection.workspace_id if connection.workspace_id in first else None
        logger.info("connection proven", workspace_id=connection.workspace_id, repository=connection.name)
        return connection.workspace_id

    @property
    def changes(self) -> ConnectionChanges:
        """The changes of connections by authentic deliveries."""
        return ConnectionChanges(self.access, self.connections)

    def _secrets_of(self, connection: Connection) -> list[str]:
        return [
            str(self.secrets.get(secret_id)["secret"])
            for secret_id in connection.valid_secret_ids(self.clock())
        ]

    def _shared_secrets(self, provider: Provider) -> list[str]:
        """Returns the deployment's secrets: those of the provider, if it has its own."""
        secret = self.secrets.get(self.secret_id)
        own = [provider, f"previous{provider.capitalize()}"]
        names = own if secret.get(provider) else ["secret", "previous"]
        return [str(secret[name]) for name in names if secret.get(name)]

    def _verify(self, delivery: Delivery, secrets: Iterable[str]) -> None:
        now = self.clock().timestamp()
        signature.verify(delivery.provider, delivery.headers, delivery.body, list(secrets), now)


def _may_have_the_name_of(active: Connection | None, moved: Connection) -> bool:
    """True unless another workspace has proven the name: a body can claim any name for an id of its own."""
    return active is None or active.workspace_id == moved.workspace_id


def _has_id(connection: Connection, delivery: Delivery) -> bool:
    """True unless the ids of the connection and of the delivery's repository are known and differ."""
    return None in (connection.repository_id, delivery.repository_id) or (
        connection.repository_id == delivery.repository_id
    )
