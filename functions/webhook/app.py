"""The open doors: forges, the bot and the gateway come in here, and each request proves itself."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from mosaic.edge.body import parsed, raw_body, require_json
from mosaic.edge.http import answer_with_problems, json_response, problem_event
from mosaic.edge.log import function_logger
from mosaic.edge.path import require_visible
from mosaic.edge.problem import Problem
from mosaic.edge.start import prepare
from mosaic.openclaw import callback
from webhook.deliveries import deliver
from webhook.wiring import WebhookServices, services

logger = function_logger()
tracer = Tracer()
app = APIGatewayHttpResolver()
answer_with_problems(app)


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """HTTP API event, format 2.0 → response."""
    return answer(event, context, services())


def answer(event: dict[str, Any], context: LambdaContext, services: WebhookServices) -> dict[str, Any]:
    """Route the request with its raw body, which signatures are over."""
    try:
        require_visible(event)
        app.append_context(services=services, body=raw_body(event))
    except Problem as problem:
        return problem_event(problem)
    return app.resolve(event, context)


@app.post("/stitcher/webhook")
def bot() -> Response[str]:
    """The @mosaic bot's own form."""
    return deliver("mosaic", app.current_event.headers, _json_only(), app.context["services"])


@app.post("/stitcher/webhook/github")
def github() -> Response[str]:
    """GitHub's webhooks."""
    return deliver("github", app.current_event.headers, _json_only(), app.context["services"])


@app.post("/stitcher/webhook/gitea")
def gitea() -> Response[str]:
    """Gitea's webhooks."""
    return deliver("gitea", app.current_event.headers, _json_only(), app.context["services"])


@app.post("/stitcher/openclaw/<token>")
def completed(token: str) -> Response[str]:
    """The gateway's callback: the run of the attempt that the token names has ended."""
    services: WebhookServices = app.context["services"]
    secret = services.secrets.get(services.openclaw_secret_id)
    ref = callback.verify(token, (str(secret["callbackKey"]),))
    if not callback.bearer_matches(
        app.current_event.headers.get("authorization"), str(secret["callbackToken"])
    ):
        raise Problem(401, "bad_callback", "the bearer is not the gateway's")
    said = parsed(_json_only())
    if not isinstance(said, dict):
        raise Problem(400, "malformed_json", "the body should be an object")
    job, changed = services.completion.complete(ref, callback.scheduled_run_of(said), callback.parse(said))
    return json_response(200, {"jobId": job.id, "changed": changed})


def _json_only() -> bytes:
    require_json(app.current_event.raw_event)
    body: bytes = app.context["body"]
    return body


prepare(services)
