"""The HTTP API: each route parses the request, calls one service and responds."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from api.authorization import ROUTES, authorize
from api.caching import tag_and_compress
from api.drafts import invalid_field
from api.parameters import reject_unknown_parameters
from api.route_errors import route_error
from api.routes import (
    approvals,
    bulk,
    control,
    dispatch,
    event_log,
    health,
    jobs,
    me,
    openapi,
    policies,
    reports,
    repositories,
    tokens,
    usage,
    workspace,
)
from api.wiring import ApiServices, services
from mosaic.edge.body import loads, parse_json, raw_body, require_json, with_json_content_type
from mosaic.edge.http import problem_to_event, register_problem_handlers
from mosaic.edge.log import function_logger
from mosaic.edge.path import require_printable_path
from mosaic.edge.problem import Problem
from mosaic.edge.security_headers import with_security_headers
from mosaic.edge.start import prepare

logger = function_logger()
tracer = Tracer()
app = APIGatewayHttpResolver(
    enable_validation=True, response_validation_error_http_code=500, json_body_deserializer=loads
)
app.use(middlewares=[reject_unknown_parameters, tag_and_compress])
app.include_router(jobs.router)
app.include_router(bulk.router)
app.include_router(control.router)
app.include_router(approvals.router)
app.include_router(dispatch.router)
app.include_router(policies.router)
app.include_router(reports.router)
app.include_router(workspace.router)
app.include_router(repositories.router)
app.include_router(tokens.router)
app.include_router(usage.router)
app.include_router(health.router)
app.include_router(me.router)
app.include_router(event_log.router)
app.include_router(openapi.router)
register_problem_handlers(app)


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handles an HTTP API event, format 2.0."""
    return answer(event, context, services())


def answer(event: dict[str, Any], context: LambdaContext, services: ApiServices) -> dict[str, Any]:
    """Rejects requests without permission or with an invalid body, then routes the request."""
    response = _response(event, context, services)
    services.refusals.record(event, response)
    return with_security_headers(event, response)


def _response(event: dict[str, Any], context: LambdaContext, services: ApiServices) -> dict[str, Any]:
    try:
        if event["routeKey"] not in ROUTES:
            raise route_error(event)
        require_printable_path(event)
        app.append_context(services=services, principal=authorize(event), sent=_json_body(event))
    except Problem as problem:
        return problem_to_event(problem)
    return app.resolve(with_json_content_type(event), context)


def _json_body(event: dict[str, Any]) -> Any:
    """The JSON value of the body, None without a body; raises Problem."""
    body = raw_body(event)
    if not body:
        return None
    require_json(event)
    value = parse_json(body)
    # No route accepts a list. The router would use its last entry as the body.
    if isinstance(value, list):
        raise invalid_field("body", "should be an object")
    return value


prepare(services)
