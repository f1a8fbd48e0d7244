"""Requests and responses of API Gateway's HTTP API, as every function behind it reads and writes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from mosaic.edge.headers import header
from mosaic.edge.problem import CONTENT_TYPE, EXPECTED, FieldError, Problem, of

JSON = "application/json"
MAX_BODY_BYTES = 256 * 1024
# Far more than any request or webhook needs, and far less than what breaks those who walk through it.
MAX_DEPTH = 64
# Beyond it, not every whole number is a float.
MAX_WHOLE = 2**53
# A problem names this many fields by so much of their names, however many a client makes up.
MAX_NAMED = 50
MAX_NAME = 200


def raw_body(event: dict[str, Any]) -> bytes:
    """The body's bytes as they were sent. Raises Problem (413) over MAX_BODY_BYTES, (400) for broken base64."""
    body = event.get("body") or ""
    encoded = event.get("isBase64Encoded")
    try:
        data = base64.b64decode(body, validate=True) if encoded else body.encode("utf-8", "surrogatepass")
    except ValueError as error:
        raise Problem(400, "malformed_body", "the body is not what its encoding says") from error
    if len(data) > MAX_BODY_BYTES:
        raise Problem(413, "body_too_large", f"the body may hold at most {MAX_BODY_BYTES} bytes")
    return data


def require_json(event: dict[str, Any]) -> None:
    """Raise Problem (415) for a request whose body is said to be something else than JSON."""
    said = header(event, "content-type") or JSON
    if said.partition(";")[0].strip().lower() != JSON:
        raise Problem(415, "unsupported_media_type", f"the body has to be sent as {JSON}")


def parsed(body: bytes) -> Any:
    """The body's JSON. Raises Problem (400), also for lists and objects more than MAX_DEPTH deep in each other."""
    try:
        value = loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise Problem(400, "malformed_json", f"the body is not JSON: {type(error).__name__}") from error
    if _is_deep(value):
        raise Problem(400, "malformed_json", f"the body nests more than {MAX_DEPTH} levels deep")
    return value


def loads(text: str) -> Any:
    """JSON as every function reads it: 5.0 is the whole number 5, as JSON Schema has it.

    Raises ValueError, RecursionError, and Problem (400) for an object with a name twice: which of the two counts
    would be anybody's guess.
    """
    return json.loads(text, parse_float=_number, object_pairs_hook=_object)


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= MAX_WHOLE else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Problem(400, "malformed_json", "the body has an object with a name twice")
    return found


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for part in level for child in _children(part) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _children(part: Any) -> Iterable[Any]:
    if isinstance(part, dict):
        return part.values()
    return part if isinstance(part, list) else ()


def json_response(status: int, value: dict[str, Any]) -> Response[str]:
    """`value` as JSON."""
    return Response(status, JSON, json.dumps(value))


def problem_response(problem: Problem) -> Response[str]:
    """The problem as a response."""
    return Response(problem.status, content_type=CONTENT_TYPE, body=problem.body())


def problem_event(problem: Problem) -> dict[str, Any]:
    """The problem as API Gateway wants it, where no resolver is at hand."""
    return {"statusCode": problem.status, "headers": {"Content-Type": CONTENT_TYPE}, "body": problem.body()}


def answer_with_problems(app: APIGatewayHttpResolver) -> None:
    """Have `app` answer every error of the domain, and every route that there is not, with a problem."""

    def expected(error: Exception) -> Response[str]:
        return problem_response(of(error))

    def invalid(error: RequestValidationError) -> Response[str]:
        return problem_response(_invalid(error))

    def nowhere(_: NotFoundError) -> Response[str]:
        return problem_response(Problem(404, "route_not_found", "there is no such route"))

    app.exception_handler(Problem)(problem_response)
    app.exception_handler(EXPECTED)(expected)
    app.exception_handler(RequestValidationError)(invalid)
    app.not_found(nowhere)


def _invalid(error: RequestValidationError) -> Problem:
    """Every field that is wrong, named as the client wrote it, without the place it came in."""
    found = error.errors()
    if any(wrong["type"] == "json_invalid" for wrong in found):
        return Problem(400, "malformed_json", "the body is not JSON")
    fields = tuple(
        FieldError((".".join(map(str, wrong["loc"][1:])) or "body")[:MAX_NAME], wrong["msg"])
        for wrong in found[:MAX_NAMED]
    )
    named = ", ".join(field.field for field in fields)
    return Problem(422, "invalid_request", f"not valid: {named}", fields)
