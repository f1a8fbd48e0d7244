"""One operation of the document."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import Route
from pydantic.alias_generators import to_camel

from api.authorization import ROUTES
from mosaic.access.model import PERMISSIONS
from tools.openapi import problems, schemas
from tools.openapi.model import JSON, Answer, IncompleteError, Json, Operation
from tools.openapi.parameters import described

_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
}
_TAG = {"ETag": {"description": "Names this answer, for `If-None-Match`", "schema": {"type": "string"}}}
_UNCHANGED = {"description": "Nothing has changed since the answer with this tag.", "headers": _TAG}


def describe(key: str, told: Operation, route: Route, base: Json) -> Json:
    """The operation that `base` is, which Powertools made, with all that is told of it; raises IncompleteError."""
    parameters = [described(_named(parameter)) for parameter in base.get("parameters", ())]
    tagged = _is_tagged(key, told)
    if tagged:
        parameters.append(described(_IF_NONE_MATCH))
    body = _body(key, told, base)
    codes = dict.fromkeys(_codes(key, told, body))
    operation = {
        "operationId": told.id,
        "tags": [told.tag],
        "summary": _summary(told, route),
        "description": "\n\n".join(filter(None, (told.about, _needs(key)))),
        "parameters": parameters,
        "requestBody": body,
        "responses": {**_answers(told, tagged=tagged), **problems.responses(codes)},
    }
    return {**{name: value for name, value in operation.items() if value}, "security": _security(key, told)}


def _is_tagged(key: str, told: Operation) -> bool:
    """Whether `api.caching` tags the answers: those to GET, but for what is not to be kept."""
    return key.startswith("GET ") and "Cache-Control" not in told.answers[200].headers


def _summary(told: Operation, route: Route) -> str:
    """The handler's docstring up to its first clause, unless another is told."""
    text = inspect.cleandoc(route.func.__doc__ or "")
    return told.summary or re.split(r"[;:] |\.?\n|\.$", text, maxsplit=1)[0]


def _named(parameter: Json) -> Json:
    name: str = parameter["name"]
    spelt = {"path": to_camel(name), "header": name.title(), "query": name}
    return {**parameter, "name": spelt[parameter["in"]]}


def _needs(key: str) -> str:
    permission = ROUTES.get(key)
    if permission is None:
        return ""
    roles = ", ".join(f"`{role}`" for role, held in PERMISSIONS.items() if permission in held)
    return f"Needs the permission `{permission}`, which the roles {roles} hold."


def _security(key: str, told: Operation) -> list[Any]:
    """What proves who asks; raises IncompleteError where neither the table of routes nor the operation says it."""
    if key in ROUTES:
        return [{"token": []}] if ROUTES[key] else []
    if told.security is None:
        raise IncompleteError(f"{key} does not say how a request proves itself")
    return list(told.security)


def _codes(key: str, told: Operation, body: Json | None) -> Iterator[str]:
    if ROUTES.get(key):
        yield from ("unauthorized", "forbidden", "invalid_request")
    if body:
        yield from ("malformed_body", "malformed_json", "body_too_large", "unsupported_media_type")
    if "{" in key:
        yield "route_not_found"
    if "{jobId}" in key:
        yield "job_not_found"
    yield from told.problems


def _schema(named: str | Json) -> Json:
    return {"$ref": schemas.REF + named} if isinstance(named, str) else named


def _body(key: str, told: Operation, base: Json) -> Json | None:
    """The request's body; raises IncompleteError for one without an example."""
    found = base.get("requestBody")
    if told.body:
        found = {
            "required": True,
            "description": told.body.says,
            "content": {JSON: {"schema": _schema(told.body.schema)}},
        }
    if found is None:
        return None
    if not told.requests:
        raise IncompleteError(f"{key} has no example of its body")
    (media,) = found["content"].values()
    media = {"schema": schemas.tidy(media["schema"]), "examples": _examples(told)}
    told_alone = {name: value for name, value in found.items() if name != "content" and value}
    return {**told_alone, "content": {JSON: media}}


def _examples(told: Operation) -> Json:
    return {name: {"value": value} for name, value in told.requests.items()}


def _answers(told: Operation, *, tagged: bool) -> Json:
    answers = {str(status): _answer(answer) for status, answer in sorted(told.answers.items())}
    if tagged:
        answers["200"]["headers"] = {**answers["200"].get("headers", {}), **_TAG}
        answers["304"] = _UNCHANGED
    return answers


def _answer(answer: Answer) -> Json:
    headers = {
        name: {"description": says, "schema": {"type": "string"}} for name, says in answer.headers.items()
    }
    told: Json = {"description": answer.says, "headers": headers}
    if answer.schema is not None:
        media = {"schema": _schema(answer.schema), "example": answer.example}
        told["content"] = {answer.media_type: media}
    return {name: value for name, value in told.items() if value}
