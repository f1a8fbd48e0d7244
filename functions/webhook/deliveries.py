"""From a provider's request to an intent, and from the handler's result to the response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from mosaic.edge.body import parse_json
from mosaic.edge.http import json_response
from mosaic.forge import forgejo, gitea, github, mosaic, signature
from mosaic.forge.intent import Intent, Provider
from mosaic.forge.payload import repository_id_of
from mosaic.services.authenticate_webhook import Delivery
from mosaic.services.handle_webhook import WebhookResult
from webhook.wiring import WebhookServices

_PARSERS = {"github": github, "gitea": gitea, "forgejo": forgejo, "mosaic": mosaic}


def deliver(
    provider: Provider, headers: Mapping[str, str], body: bytes, services: WebhookServices
) -> Response[str]:
    """Returns the response to a delivery. Raises Problem, SignatureError, PayloadError, and the services'
    errors.

    A delivery without a signature is refused before its body is decoded. Before authentication, the body is read
    only to find the repository, whose connection has the secret.
    """
    services.authenticator.require_signature(provider, headers)
    claimed = _unchecked(body)
    repository = _PARSERS[provider].repository_of(claimed)
    workspace = services.authenticator.authenticate(
        Delivery(provider, headers, body, repository, repository_id_of(claimed))
    )
    payload = parse_json(body)
    intent = _intent(provider, headers, body, payload, services.bot_login)
    return _response(services.handler.handle(workspace, intent))


def _unchecked(body: bytes) -> Any:
    """Returns the JSON of a body that is not authenticated yet, None if it is not JSON.

    It is decoded without the checks of `parse_json`, which take longer than the decoding.
    """
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return None


def _intent(provider: Provider, headers: Mapping[str, str], body: bytes, payload: Any, bot: str) -> Intent:
    if provider == "github":
        return github.parse(github.event_of(headers), payload, bot)
    if provider == "gitea":
        return gitea.parse(gitea.event_of(headers), payload, bot)
    if provider == "forgejo":
        return forgejo.parse(forgejo.event_of(headers), payload, bot)
    return mosaic.parse(payload, bot, fingerprint=signature.fingerprint(headers, body))


def _response(result: WebhookResult) -> Response[str]:
    if result.job is None:
        return json_response(200, {"ignored": result.ignored})
    body = {"jobId": result.job.id, "duplicate": result.duplicate, "status": result.job.status.value}
    return json_response(202 if result.queued else 200, body)
