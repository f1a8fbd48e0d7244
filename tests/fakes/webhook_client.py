"""The webhook function over the fakes, called as a forge calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.edge.refusals import webhook_refusals
from mosaic.forge import signature
from mosaic.services.authenticate_callback import CallbackAuthenticator
from mosaic.services.authenticate_webhook import WebhookAuthenticator
from tests.fakes.api import ApiResponse, answered
from tests.fakes.deployment import CALLBACK_KEY
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.secrets import FakeSecrets
from webhook.app import answer
from webhook.wiring import WebhookServices

_SECRET = "test-webhook-secret"
_PATH = "/stitcher/webhook/"


class FakeWebhookClient:
    """Sends signed deliveries to the webhook function of one deployment in memory."""

    def __init__(self, deployment: SimulatedDeployment) -> None:
        secrets = FakeSecrets(
            {
                "webhook": {"secret": _SECRET},
                "callback": {"callbackKey": CALLBACK_KEY, "callbackToken": "test-callback-token"},
            }
        )
        self._services = WebhookServices(
            authenticator=WebhookAuthenticator(
                deployment.injected.access,
                deployment.injected.connections,
                secrets,
                "webhook",
                deployment.clock,
                single_tenant=True,
            ),
            handler=deployment.webhook_handler,
            completion=deployment.run_completion,
            callbacks=CallbackAuthenticator(deployment.injected.access, secrets, "callback"),
            bot_login="mosaic",
            refusals=webhook_refusals(deployment.measured.append),
        )

    def send(self, path: str, event: str, payload: Mapping[str, Any]) -> ApiResponse:
        """Signs and sends a delivery of this event; returns the function's response."""
        provider = "github" if path == f"{_PATH}github" else "gitea"
        body = json.dumps(payload).encode()
        request = {
            "version": "2.0",
            "routeKey": f"POST {path}",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {
                "content-type": "application/json",
                f"x-{provider}-event": event,
                **signature.sign("github" if provider == "github" else "gitea", body, _SECRET),
            },
            "requestContext": {"http": {"method": "POST", "path": path}, "stage": "$default"},
            "body": body.decode(),
            "isBase64Encoded": False,
        }
        return answered(request, answer(request, LambdaContext(), self._services))
