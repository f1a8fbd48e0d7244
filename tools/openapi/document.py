"""The whole document: what the two resolvers know of their routes, and what is told of each."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.api_gateway import Route
from pydantic.alias_generators import to_camel

import api.app
import webhook.app
from mosaic.forge import mosaic as bot
from tools.openapi import problems, schemas
from tools.openapi.model import JSON, IncompleteError, Json
from tools.openapi.operation import describe
from tools.openapi.operations import OPERATIONS, TAGS, webhooks

ROOT = Path(__file__).parents[2]
ABOUT = """\
Jobs for coding agents: asked for over this API or by mentioning the bot on a forge, held by guard rails to what the
agent may do, and COMPLETED only when what must be proven is proven.

Bodies are JSON in UTF-8, at most 256 KiB, names in camelCase; a field that is not known is refused. Times are RFC 3339
in UTC. Errors are problems as RFC 9457 has them, with a `code` that stays the same; a path without a route is answered
404, and another method than a path has 405. Every request but those of webhooks and those about the API itself carries
`Authorization: Bearer <token>`. The token names the workspace: another workspace's job is not found."""
# Every deployment has its own; the document knows none of their names.
CONTACT = {"name": "The operators of this deployment"}
RESOLVERS = (api.app.app, webhook.app.app)
TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API token, or a JWT of the configured issuer. Its role decides what it may do.",
}


def build() -> Json:
    """The document. Raises IncompleteError that says what has not been described, and where to."""
    routes = {key: route for app in RESOLVERS for key, route in _routes(app)}
    if untold := routes.keys() - OPERATIONS.keys():
        raise IncompleteError(f"tools/openapi/operations tells nothing of {', '.join(sorted(untold))}")
    if gone := OPERATIONS.keys() - routes.keys():
        raise IncompleteError(
            f"no function has {', '.join(sorted(gone))}, which tools/openapi/operations tells of"
        )
    generated, components = _generated()
    paths: Json = {}
    for key, told in OPERATIONS.items():
        method, path = key.split(" ", 1)
        base = generated[routes[key].openapi_path][method.lower()]
        paths.setdefault(path, {})[method.lower()] = describe(key, told, routes[key], base)
    linked = _linked(paths)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mosaic Stitcher", "version": version, "description": ABOUT, "contact": CONTACT},
        "servers": [{"url": "/", "description": "This deployment"}],
        "tags": [{"name": name, "description": about} for name, about in TAGS.items()],
        "paths": linked,
        "components": {
            "schemas": dict(sorted({**components, **webhooks.COMPONENTS, **problems.COMPONENTS}.items())),
            "responses": problems.SHARED_RESPONSES,
            "examples": _used(problems.examples(), [linked, problems.SHARED_RESPONSES]),
            "securitySchemes": {"token": TOKEN, **webhooks.SECURITY},
        },
    }


def _used(examples: Json, places: list[Json]) -> Json:
    """The examples that the document refers to: where there is no route, there is no operation to have one."""
    text = json.dumps(places)
    return {name: told for name, told in examples.items() if f'"#/components/examples/{name}"' in text}


def _routes(app: APIGatewayHttpResolver) -> Iterator[tuple[str, Route]]:
    for route in (*app._static_routes, *app._dynamic_routes):
        if not route.include_in_schema:
            continue
        yield f"{route.method} {_path(route.openapi_path)}", route


def _path(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{to_camel(found[1])}}}", path)


def _generated() -> tuple[Json, Json]:
    """What Powertools makes of the resolvers: operations by path, and the components in their names here."""
    paths: Json = {}
    components: Json = {}
    for app in RESOLVERS:
        made = app.get_openapi_schema(title="-").model_dump(mode="json", by_alias=True, exclude_none=True)
        paths |= made["paths"]
        components |= made.get("components", {}).get("schemas", {})
    delivery = bot._Delivery.model_json_schema(ref_template=schemas.REF + "{model}")
    components |= {**delivery.pop("$defs"), bot._Delivery.__name__: delivery}
    known = {model.__name__: model for route in _types() for model in schemas.models(route)}
    bodies = [operation.get("requestBody") for path in paths.values() for operation in path.values()]
    asked = schemas.reachable([bodies, {"$ref": f"{schemas.REF}{bot._Delivery.__name__}"}], components)
    return paths, schemas.tidy(schemas.clean(components, known, asked))


def _types() -> Iterator[Any]:
    yield bot._Delivery
    for _, route in _routes(api.app.app):
        for field in (*route.dependant.body_params, route.dependant.return_param):
            if field:
                yield field.type_


def _linked(paths: Json) -> Json:
    """Every answer that makes a job leads to what can be done with it."""
    after = {
        operation["operationId"]: {
            "operationId": operation["operationId"],
            "parameters": {"jobId": "$response.body#/id"},
        }
        for path, operations in paths.items()
        for operation in operations.values()
        if "{jobId}" in path
    }
    for path, operations in paths.items():
        if "{jobId}" not in path:
            for response in _making_jobs(operations):
                response["links"] = after
    return paths


def _making_jobs(operations: Json) -> Iterator[Json]:
    for operation in operations.values():
        for response in operation["responses"].values():
            body = response.get("content", {}).get(JSON, {})
            if body.get("schema") == {"$ref": f"{schemas.REF}Job"}:
                yield response
