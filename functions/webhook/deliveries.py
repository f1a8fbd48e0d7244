"""From a provider's request to an intent, and from the handler's result to the response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from mosaic.edge.body import parse_json
from mosaic.edge.http import json_response
from mosaic.edge.problem import Problem
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

    Before authentication, the body is read only to find the repository, whose workspace has the secret.
    """
    payload, problem = _decode(body)
    repository = _PARSERS[provider].repository_of(payload)
    workspace = services.authenticator.authenticate(
        Delivery(provider, headers, body, repository, repository_id_of(payload))
    )
    if problem:
        raise problem
    intent = _intent(provider, headers, body, payload, services.bot_login)
    return _response(services.handler.handle(workspace, intent))


def _decode(body: bytes) -> tuple[Any, Problem | None]:
    try:
        return parse_json(body), None
    except Problem as problem:
        return None, problem


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
