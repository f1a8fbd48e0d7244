"""The OpenAPI document, which Powertools generates from the routes of the functions and the operations here."""

from __future__ import annotations

import json
import re
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.openapi.models import Contact, HTTPBearer, Server, Tag
from pydantic.alias_generators import to_camel

import api.app
import webhook.app
from mosaic_cli import __version__
from tools.openapi import problems, schemas
from tools.openapi.model import IncompleteError, Json
from tools.openapi.operation import complete, route_arguments
from tools.openapi.operations import OPERATIONS, TAGS, webhooks

ABOUT = """\
Jobs for coding agents. Create a job with this API, or by mentioning the bot on a forge. Guard rails decide what the
agent may do. A job is COMPLETED only after its mandatory gates have passed.

Bodies are JSON in UTF-8, at most 256 KiB (deliveries of forges: 5 MiB), with names in camelCase; unknown fields are
rejected. Times are RFC 3339 in UTC. Errors are RFC 9457 problems with a stable `code`. A path without a route gets
404, a method that the path does not have gets 405. Every request except webhooks and those about the API itself needs
`Authorization: Bearer <token>`. The token selects the workspace: jobs of other workspaces are not found."""
APPS = (api.app.app, webhook.app.app)
TOKEN = HTTPBearer(
    description="An API token, or a JWT of the configured issuer. Its role decides what the caller may do."
)


def build() -> Json:
    """Returns the document; raises IncompleteError for a route or an operation without its counterpart."""
    routes = {f"{route.method} {_path(route)}": route for app in APPS for route in _routes(app)}
    if missing := routes.keys() - OPERATIONS.keys():
        raise IncompleteError(f"tools/openapi/operations does not describe {', '.join(sorted(missing))}")
    if unknown := OPERATIONS.keys() - routes.keys():
        raise IncompleteError(f"tools/openapi/operations has no route for {', '.join(sorted(unknown))}")
    contract = APIGatewayHttpResolver()
    for key, operation in OPERATIONS.items():
        route = routes[key]
        document_route = contract.route(route.path, route.method, **route_arguments(key, operation, route))
        document_route(operation.signature or route.func)
    document = _generated(contract)
    paths: Json = {}
    for key, operation in OPERATIONS.items():
        method, path = key.split(" ")
        generated = document["paths"][routes[key].openapi_path][method.lower()]
        paths.setdefault(path, {})[method.lower()] = complete(key, operation, generated)
    listed, unlisted = _examples([paths, problems.SHARED_RESPONSES])
    components = {
        **document["components"],
        "schemas": dict(sorted({**document["components"]["schemas"], **problems.COMPONENTS}.items())),
        "responses": problems.SHARED_RESPONSES,
        "examples": listed,
    }
    return {**document, "paths": paths, "components": components, "x-problems": unlisted}


def text(document: Json) -> str:
    """Returns the document as the JSON that is committed."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _routes(app: APIGatewayHttpResolver) -> list[Route]:
    return [route for route in (*app._static_routes, *app._dynamic_routes) if route.include_in_schema]


def _path(route: Route) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: f"{{{to_camel(name[1])}}}", route.openapi_path)


def _generated(contract: APIGatewayHttpResolver) -> Json:
    """The document as Powertools makes it, with the schemas as clients should read them."""
    generated = contract.get_openapi_schema(
        title="Mosaic Stitcher",
        version=__version__,
        description=ABOUT,
        # The document is the same in every deployment, so it names none.
        contact=Contact(name="The operators of this deployment"),
        servers=[Server(url="/", description="This deployment")],
        tags=[Tag(name=name, description=description) for name, description in TAGS.items()],
        security_schemes={"token": TOKEN, **webhooks.SECURITY},
    ).model_dump(mode="json", by_alias=True, exclude_none=True)
    types = [field.type_ for field in contract._get_fields_from_routes(_routes(contract))]
    components, paths = generated["components"], generated["paths"]
    bodies = [operation.get("requestBody") for path in paths.values() for operation in path.values()]
    sent = schemas.referenced(bodies, components["schemas"])
    components["schemas"] = schemas.tidy(schemas.clean(components["schemas"], types, sent))
    return {**generated, "paths": schemas.tidy(paths)}


def _examples(document: Any) -> tuple[Json, Json]:
    """The examples of the problems that the document refers to, and of the others."""
    text, examples = json.dumps(document), problems.examples()
    listed = {code for code in examples if f'"#/components/examples/{code}"' in text}
    return {code: examples[code] for code in examples if code in listed}, {
        code: examples[code] for code in examples if code not in listed
    }
