"""Query parameters: numbers are written as JSON has them, and names that no route has are refused.

A misspelt filter would otherwise let everything pass.
"""

from __future__ import annotations

import re

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from pydantic import BeforeValidator

from api.authorization import ROUTES
from mosaic.edge.problem import FieldError, Problem
from mosaic.validation_messages import MAX_FIELD_NAME

_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")


def _written(text: object) -> object:
    if isinstance(text, str) and not _WHOLE.fullmatch(text):
        raise ValueError("should be a whole number")
    return text


# A number in a query is digits alone: pydantic would also take `5_0`, ` 5` and `+5`. It stands behind the bounds,
# which pydantic puts into the contract under names of its own otherwise.
DIGITS = BeforeValidator(_written)

MOST_NAMED = 20


def refuse_unknown(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[object]:
    """Raise Problem (422) naming the parameters; routes that are open to anyone take what checkers may add."""
    route: Route = app.context["_route"]
    key = app.current_event["routeKey"]
    # What the resolver takes for an id is narrower than what API Gateway does: the rest is not found, not wrong.
    found = ("{" in key) == ("<" in route.path)
    if found and ROUTES.get(key):
        known = {parameter.alias for parameter in route.dependant.query_params}
        unknown = sorted(app.current_event.query_string_parameters.keys() - known)
        if unknown:
            raise _unknown(unknown)
    return next_middleware(app)


def _unknown(names: list[str]) -> Problem:
    fields = tuple(
        FieldError(name[:MAX_FIELD_NAME], "is not a parameter here") for name in names[:MOST_NAMED]
    )
    named = ", ".join(field.field for field in fields)
    return Problem(422, "invalid_request", f"no such parameter: {named}", fields)
