"""Validates query parameters: rejects unknown names, which could be misspelt filters, and unusual numbers."""

from __future__ import annotations

import re

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from pydantic import BeforeValidator

from api.authorization import ROUTES
from mosaic.edge.problem import FieldError, Problem
from mosaic.validation_messages import MAX_FIELD_NAME

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")


def _require_digits(text: object) -> object:
    if isinstance(text, str) and not _INTEGER.fullmatch(text):
        raise ValueError("should be a whole number")
    return text


# A number in a query must have digits only: pydantic would also accept `5_0`, ` 5` and `+5`. This comes after
# the bounds, since pydantic would otherwise name them differently in the contract.
DIGITS = BeforeValidator(_require_digits)

MAX_NAMED = 20


def reject_unknown_parameters(
    app: APIGatewayHttpResolver, next_middleware: NextMiddleware
) -> Response[object]:
    """Raises Problem (422) for unknown parameters. Open routes accept them, since monitors may add some."""
    route: Route = app.context["_route"]
    key = app.current_event["routeKey"]
    # The resolver accepts fewer characters in ids than API Gateway. Those requests get 404, not 422.
    is_same_route = ("{" in key) == ("<" in route.path)
    if is_same_route and ROUTES.get(key):
        known = {parameter.alias for parameter in route.dependant.query_params}
        unknown = sorted(app.current_event.query_string_parameters.keys() - known)
        if unknown:
            raise _unknown(unknown)
    return next_middleware(app)


def _unknown(names: list[str]) -> Problem:
    fields = tuple(
        FieldError(name[:MAX_FIELD_NAME], "is not a parameter of this route") for name in names[:MAX_NAMED]
    )
    parameters = ", ".join(field.field for field in fields)
    return Problem(422, "invalid_request", f"unknown parameters: {parameters}", fields)
