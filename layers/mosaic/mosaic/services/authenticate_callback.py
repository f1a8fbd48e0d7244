"""Authenticate a callback of a gateway: check its URL, and the bearer of the workspace's gateway."""

from __future__ import annotations

from dataclasses import dataclass

from mosaic.openclaw import callback
from mosaic.openclaw.callback import CallbackRef
from mosaic.openclaw.errors import CallbackError
from mosaic.services.configure_workspace import current_workspace
from mosaic.storage.access import Access
from mosaic.storage.secrets import Secrets, valid_values


@dataclass(frozen=True)
class CallbackAuthenticator:
    """Checks callbacks with the deployment's key of URLs, and the bearer of the workspace's gateway.

    The bearer of the deployment's gateway is in the secret `secret_id`, that of a named gateway in the secret
    `prefix` and its name.
    """

    access: Access
    secrets: Secrets
    secret_id: str
    prefix: str = ""

    def authenticate(self, token: str, authorization: str | None) -> CallbackRef:
        """Returns the attempt that the callback is about. Raises CallbackError, and SecretUnavailable.

        The workspace is read only after its URL is known to be genuine.
        """
        secret = self.secrets.get(self.secret_id)
        ref = callback.verify(token, valid_values(secret, "callbackKey"))
        gateway = current_workspace(self.access, ref.workspace_id).gateway
        held = self.secrets.get(f"{self.prefix}{gateway}") if gateway else secret
        if not callback.bearer_matches(authorization, valid_values(held, "callbackToken")):
            raise CallbackError("the bearer is not the gateway's")
        return ref
