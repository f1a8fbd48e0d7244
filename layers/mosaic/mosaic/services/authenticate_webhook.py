"""Prove: whose delivery this is, and that it was signed by who shares the workspace's secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from mosaic.access.model import Workspace
from mosaic.forge import signature
from mosaic.forge.intent import Provider
from mosaic.storage.access import Access
from mosaic.storage.secrets import Secrets


class WebhookAuthenticator:
    """Lets signed deliveries in, to the workspace that their repository belongs to."""

    def __init__(
        self, access: Access, secrets: Secrets, secret_id: str, clock: Callable[[], datetime]
    ) -> None:
        self._access = access
        self._secrets = secrets
        self._secret_id = secret_id
        self._clock = clock

    def authenticate(
        self, provider: Provider, headers: Mapping[str, str], body: bytes, repository: str | None
    ) -> Workspace | None:
        """The workspace of the delivery's repository, None where no workspace answers for it.

        The signature is checked before anything is said of the repository, with the workspace's own secret, or
        the deployment's where it has none. Raises SignatureError.
        """
        workspace_id = self._access.workspace_of(provider, repository) if repository else None
        workspace = self._access.workspace(workspace_id) if workspace_id else None
        own = workspace.webhook_secret_id if workspace else None
        held = self._secrets.get(own or self._secret_id)
        valid = [str(held[name]) for name in ("secret", "previous") if held.get(name)]
        signature.verify(provider, headers, body, valid, self._clock().timestamp())
        return workspace
