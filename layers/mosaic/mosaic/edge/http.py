"""Responses in the format of API Gateway's HTTP API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestValidationError,
    ResponseValidationError,
)

from mosaic.edge.problem import CONTENT_TYPE, DOMAIN_ERRORS, FieldError, Problem, problem_for
from mosaic.validation_messages import MAX_FIELD_NAME, field_of, message_of, without_echoes

JSON = "application/json"
# The maximum number of fields that a problem names.
MAX_NAMED = 50


def json_response(status: int, value: dict[str, Any]) -> Response[str]:
    """Returns a response with `value` as JSON."""
    return Response(status, JSON, json.dumps(value))


def problem_response(problem: Problem) -> Response[str]:
    """Returns the problem as a response."""
    return Response(problem.status, CONTENT_TYPE, problem.body(), dict(problem.headers))


def problem_to_event(problem: Problem) -> dict[str, Any]:
    """Returns the problem in API Gateway's format, for use without a resolver."""
    headers = {"Content-Type": CONTENT_TYPE, **problem.headers}
    return {"statusCode": problem.status, "headers": headers, "body": problem.body()}


def register_problem_handlers(app: APIGatewayHttpResolver) -> None:
    """Makes `app` respond with problems to domain errors and to unknown routes."""

    def domain_error(error: Exception) -> Response[str]:
        return problem_response(problem_for(error))

    def invalid(error: RequestValidationError) -> Response[str]:
        return problem_response(_invalid(error, app.context.get("sent")))

    def invalid_response(error: ResponseValidationError) -> Response[str]:
        raise error  # A bug: Lambda counts the error, which triggers an alarm.

    def unknown_route(_: NotFoundError) -> Response[str]:
        return problem_response(not_found())

    app.exception_handler(Problem)(problem_response)
    app.exception_handler(DOMAIN_ERRORS)(domain_error)
    app.exception_handler(RequestValidationError)(invalid)
    app.exception_handler(ResponseValidationError)(invalid_response)
    app.not_found(unknown_route)


def not_found() -> Problem:
    """Returns the problem of a path without a route."""
    return Problem(404, "route_not_found", "the route does not exist")


def _invalid(error: RequestValidationError, sent: Any) -> Problem:
    """The problem of a request with invalid fields, named as the client wrote them."""
    fields = tuple(_field_error(details, sent) for details in without_echoes(error.errors())[:MAX_NAMED])
    if len(fields) == 1:
        return Problem(422, "invalid_request", f"{fields[0].field} {fields[0].message}", fields)
    names = ", ".join(field.field for field in fields)
    return Problem(422, "invalid_request", f"invalid fields: {names}", fields)


def _field_error(details: Mapping[str, Any], sent: Any) -> FieldError:
    source, *path = details["loc"]
    body = sent if source == "body" else None
    field = field_of({**details, "loc": path}, body) or "body"
    return FieldError(field[:MAX_FIELD_NAME], message_of(details))
