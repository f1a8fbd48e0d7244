"""One operation of the document: the arguments of its route, and the parts that the route cannot express."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from pydantic.alias_generators import to_camel

from api.authorization import ROUTES
from mosaic.access.model import PERMISSIONS
from mosaic.jobs.model import JobView
from tools.openapi import problems
from tools.openapi.model import JSON, IncompleteError, Json, Operation, Success
from tools.openapi.operations import OPERATIONS
from tools.openapi.parameters import describe_parameter

_IF_NONE_MATCH = {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}}
_ETAG = {
    "ETag": {"description": "Identifies this response, for `If-None-Match`", "schema": {"type": "string"}}
}
_NOT_MODIFIED = {
    "description": "Nothing has changed since the response with this tag.",
    "headers": _ETAG,
    "content": {},
}
# From a response that creates a job to the operations on that job.
_LINKS = {
    operation.id: {"operationId": operation.id, "parameters": {"jobId": "$response.body#/id"}}
    for key, operation in OPERATIONS.items()
    if "{jobId}" in key
}


def route_arguments(key: str, operation: Operation, route: Route) -> dict[str, Any]:
    """Returns the arguments with which Powertools documents the route; raises IncompleteError."""
    returned = get_type_hints(operation.signature or route.func, include_extras=True)["return"]
    model = get_args(returned)[0] if get_origin(returned) is Response else returned
    responses = {status: _success(key, success, model) for status, success in operation.responses.items()}
    if _has_etag(key, operation):
        responses[200]["headers"] |= _ETAG
        responses[304] = _NOT_MODIFIED
    return {
        "operation_id": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary or _first_clause(route),
        "description": "\n\n".join(filter(None, (operation.description, _permission(key)))),
        "responses": dict(
            sorted({**responses, **problems.responses(_problem_codes(key, operation))}.items())
        ),
        "security": _security(key, operation),
    }


def complete(key: str, operation: Operation, generated: Json) -> Json:
    """Returns the generated operation with parameters' names, examples and shared responses.

    Raises IncompleteError for a parameter without a description and for a body without an example.
    """
    parameters = [describe_parameter(_renamed(parameter)) for parameter in generated.get("parameters", ())]
    if _has_etag(key, operation):
        parameters.append(describe_parameter(_IF_NONE_MATCH))
    if body := generated.get("requestBody"):
        if not operation.examples:
            raise IncompleteError(f"{key} has no example of its body")
        examples = {name: {"value": value} for name, value in operation.examples.items()}
        body["content"][JSON]["examples"] = examples
    for status, success in operation.responses.items():
        for media in generated["responses"][str(status)]["content"].values():
            media["example"] = success.example
    responses = {
        status: {name: value for name, value in response.items() if value}
        for status, response in generated["responses"].items()
    }
    if own := responses.get("429"):
        # API Gateway answers 429 too, in its own form.
        own["content"] |= problems.SHARED_RESPONSES["TooManyRequests"]["content"]
    completed = {**generated, "parameters": parameters, "responses": {**problems.SHARED, **responses}}
    return {name: value for name, value in completed.items() if value} | {
        "security": _security(key, operation)
    }


def _has_etag(key: str, operation: Operation) -> bool:
    """Whether `api.caching` adds an ETag to the response."""
    return key.startswith("GET ") and "Cache-Control" not in operation.responses[200].headers


def _first_clause(route: Route) -> str:
    text = inspect.cleandoc(route.func.__doc__ or "")
    return re.split(r"[;:] |\.?\n|\.$", text, maxsplit=1)[0]


def _renamed(parameter: Json) -> Json:
    name: str = parameter["name"]
    names = {"path": to_camel(name), "header": name.title(), "query": name}
    return {**parameter, "name": names[parameter["in"]]}


def _permission(key: str) -> str:
    permission = ROUTES.get(key)
    if permission is None:
        return ""
    roles = ", ".join(f"`{role}`" for role, held in PERMISSIONS.items() if permission in held)
    return f"Requires the permission `{permission}`, which the roles {roles} have."


def _security(key: str, operation: Operation) -> list[Any]:
    if key in ROUTES:
        return [{"token": []}] if ROUTES[key] else []
    if operation.security is None:
        raise IncompleteError(f"{key} does not state how a request is authenticated")
    return list(operation.security)


def _problem_codes(key: str, operation: Operation) -> Iterator[str]:
    if ROUTES.get(key):
        yield from ("unauthorized", "forbidden", "invalid_request")
    if operation.examples:
        yield from ("malformed_body", "malformed_json", "body_too_large", "unsupported_media_type")
    if "{" in key:
        yield "route_not_found"
    if "{jobId}" in key:
        yield "job_not_found"
    yield from operation.problems


def _success(key: str, success: Success, returned: Any) -> Json:
    """The response without its example: Powertools generates schemas alone."""
    model = success.model or returned
    header = {"schema": {"type": "string"}}
    return {
        "description": success.description,
        "headers": {name: {"description": text, **header} for name, text in success.headers.items()},
        "content": {} if success.example is None else {success.media_type: {"model": model}},
        "links": _LINKS if model is JobView and "{jobId}" not in key else {},
    }
