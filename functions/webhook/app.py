"""Public routes for the forges, the bot and the gateway. Each request carries its own signature or token."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.edge.body import MAX_BODY_BYTES, MAX_DELIVERY_BYTES, parse_json, raw_body, require_json
from mosaic.edge.http import json_response, problem_to_event, register_problem_handlers
from mosaic.edge.log import function_logger
from mosaic.edge.path import require_printable_path
from mosaic.edge.problem import Problem
from mosaic.edge.security_headers import with_security_headers
from mosaic.edge.start import prepare
from mosaic.openclaw import callback
from webhook.deliveries import deliver
from webhook.wiring import WebhookServices, services

logger = function_logger()
tracer = Tracer()
app = APIGatewayHttpResolver()
register_problem_handlers(app)


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """HTTP API event, format 2.0 → response."""
    return answer(event, context, services())


def answer(event: dict[str, Any], context: LambdaContext, services: WebhookServices) -> dict[str, Any]:
    """Returns the response of the request's route, with security headers."""
    response = _response(event, context, services)
    services.refusals.record(event, response)
    return with_security_headers(event, response)


def _response(event: dict[str, Any], context: LambdaContext, services: WebhookServices) -> dict[str, Any]:
    try:
        require_printable_path(event)
        app.append_context(services=services)
    except Problem as problem:
        return problem_to_event(problem)
    return app.resolve(event, context)


@app.post("/stitcher/webhook")
def bot() -> Response[str]:
    """The route of the @mosaic bot's own format."""
    return deliver("mosaic", app.current_event.headers, _json_only(), app.context["services"])


@app.post("/stitcher/webhook/github")
def github() -> Response[str]:
    """The route of GitHub's webhooks."""
    return deliver(
        "github", app.current_event.headers, _json_only(MAX_DELIVERY_BYTES), app.context["services"]
    )


@app.post("/stitcher/webhook/gitea")
def gitea() -> Response[str]:
    """The route of Gitea's webhooks."""
    return deliver(
        "gitea", app.current_event.headers, _json_only(MAX_DELIVERY_BYTES), app.context["services"]
    )


@app.post("/stitcher/webhook/forgejo")
def forgejo() -> Response[str]:
    """The route of Forgejo's webhooks."""
    return deliver(
        "forgejo", app.current_event.headers, _json_only(MAX_DELIVERY_BYTES), app.context["services"]
    )


@app.post("/stitcher/openclaw/<token>")
def completed(token: str) -> Response[str]:
    """The route of the gateway's callback: the run of the attempt that the token names has ended."""
    services: WebhookServices = app.context["services"]
    ref = services.callbacks.authenticate(token, app.current_event.headers.get("authorization"))
    body = parse_json(_json_only())
    if not isinstance(body, dict):
        raise Problem(400, "malformed_json", "the body should be an object")
    job, changed = services.completion.complete(ref, callback.scheduled_run_of(body), callback.parse(body))
    return json_response(200, {"jobId": job.id, "changed": changed})


def _json_only(most: int = MAX_BODY_BYTES) -> bytes:
    """Returns the raw body, because signatures cover its bytes."""
    event = app.current_event.raw_event
    require_json(event)
    return raw_body(event, most)


prepare(services)
