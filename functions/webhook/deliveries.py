"""From one provider's request to an intent, and from what was heard to the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from mosaic.edge.body import parsed
from mosaic.edge.http import json_response
from mosaic.edge.problem import Problem
from mosaic.forge import gitea, github, mosaic, signature
from mosaic.forge.intent import Intent, Provider
from mosaic.services.handle_webhook import WebhookResult
from webhook.wiring import WebhookServices

_FORMS = {"github": github, "gitea": gitea, "mosaic": mosaic}


def deliver(
    provider: Provider, headers: Mapping[str, str], body: bytes, services: WebhookServices
) -> Response[str]:
    """What is to be answered to a delivery. Raises Problem, SignatureError, PayloadError, and what the flows raise.

    What the body says is looked at before it is proven only to learn whose secret should have signed it.
    """
    payload, broken = _decode(body)
    workspace = services.authenticator.authenticate(
        provider, headers, body, _FORMS[provider].repository_of(payload)
    )
    if broken:
        raise broken
    intent = _intent(provider, headers, body, payload, services.bot_login)
    return _answer(services.handler.handle(workspace, intent))


def _decode(body: bytes) -> tuple[Any, Problem | None]:
    try:
        return parsed(body), None
    except Problem as broken:
        return None, broken


def _intent(provider: Provider, headers: Mapping[str, str], body: bytes, payload: Any, bot: str) -> Intent:
    if provider == "github":
        return github.parse(github.event_of(headers), payload, bot)
    if provider == "gitea":
        return gitea.parse(gitea.event_of(headers), payload, bot)
    return mosaic.parse(payload, bot, fingerprint=signature.fingerprint(headers, body))


def _answer(heard: WebhookResult) -> Response[str]:
    if heard.job is None:
        return json_response(200, {"ignored": heard.ignored})
    told = {"jobId": heard.job.id, "duplicate": heard.duplicate, "status": heard.job.status.value}
    return json_response(202 if heard.queued else 200, told)
