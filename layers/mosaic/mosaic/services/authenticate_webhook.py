"""Authenticate a webhook delivery: check its signature, and find the workspace of its repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from mosaic.access.model import Workspace
from mosaic.forge import signature
from mosaic.forge.intent import Provider
from mosaic.storage.access import Access
from mosaic.storage.secrets import Secrets


class WebhookAuthenticator:
    """Checks signatures with the secret of the workspace that the repository belongs to."""

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
        """Returns the workspace of the delivery's repository, or None when no workspace lists it.

        The signature is checked first, so that the answer reveals nothing about the repository. The secret is the
        workspace's own, or else the deployment's. Raises SignatureError.
        """
        workspace_id = self._access.workspace_of(provider, repository) if repository else None
        workspace = self._access.workspace(workspace_id) if workspace_id else None
        own = workspace.webhook_secret_id if workspace else None
        secret = self._secrets.get(own or self._secret_id)
        valid = [str(secret[name]) for name in ("secret", "previous") if secret.get(name)]
        signature.verify(provider, headers, body, valid, self._clock().timestamp())
        return workspace
