"""The committed contract matches the code and is complete."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from api.authorization import ROUTES
from api.schemas.access import ChangeWorkspace
from api.schemas.jobs import CreateJob
from mosaic.edge import problem
from mosaic.forge.mosaic import BotDelivery
from tools.openapi.document import build, text
from tools.openapi.files import DOCUMENT
from tools.openapi.page import render
from tools.openapi.problems import PROBLEMS
from tools.openapi.schemas import referenced

CODE = (Path("functions"), Path("layers/mosaic/mosaic"))
BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
WrongWith = Callable[[Any, Any], list[str]]


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def resolved(document: Any, value: Any) -> Any:
    target = document if "$ref" in value else value
    for step in value.get("$ref", "#").split("/")[1:]:
        target = target[step]
    return target


def bodies(document: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every example in the document, with its schema."""
    for key, operation in operations(document):
        holders = [operation.get("requestBody", {}), *operation["responses"].values()]
        for holder in holders:
            for media in resolved(document, holder).get("content", {}).values():
                if "example" in media:
                    yield key, media["schema"], media["example"]
                for example in media.get("examples", {}).values():
                    yield key, media["schema"], resolved(document, example)["value"]


def test_committed_document_matches_the_code() -> None:
    assert DOCUMENT.read_text("utf-8") == text(build()), "openapi.json is out of date: make openapi"


def _integer_bounds(value: Any) -> Iterator[tuple[str, int]]:
    """Every bound of an integer anywhere in a JSON schema."""
    inner: Any = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and value.get("type") == "integer":
        yield from ((key, bound) for key, bound in value.items() if key in BOUNDS)
    for one in inner:
        yield from _integer_bounds(one)


@pytest.mark.parametrize("model", [BotDelivery, CreateJob, ChangeWorkspace], ids=lambda model: model.__name__)
def test_integer_bounds_are_those_of_the_model(document: Any, model: type[BaseModel]) -> None:
    """Powertools holds bounds as floats, which rounds integers over 2**53."""
    schemas = document["components"]["schemas"]
    published = {
        bound
        for name in {model.__name__, *referenced(schemas[model.__name__], schemas)}
        for bound in _integer_bounds(schemas[name])
    }
    assert published == set(_integer_bounds(model.model_json_schema(by_alias=True)))


def test_document_is_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_has_an_operation(document: Any) -> None:
    for_browsers = {"GET /"}
    assert ROUTES.keys() - {key for key, _ in operations(document)} == for_browsers


def test_every_operation_is_described(document: Any) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    tags = {tag["name"] for tag in document["tags"]}
    for key, operation in operations(document):
        assert operation["summary"], key
        assert len(operation["summary"]) <= 60, f"{key}: {operation['summary']} is no title; give a summary"
        assert set(operation["tags"]) <= tags, key
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], f"{key}: {parameter['name']}"
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert media["examples"], f"{key} has no example of its body"


def test_every_response_has_an_example(document: Any) -> None:
    for key, operation in operations(document):
        for status, response in operation["responses"].items():
            described = resolved(document, response)
            assert described["description"], f"{key} {status}"
            for media in described.get("content", {}).values():
                assert "example" in media or media["examples"], f"{key} {status} has no example"


def test_every_operation_has_successes_and_problems(document: Any) -> None:
    for key, operation in operations(document):
        described = set(operation["responses"])
        assert any(status.startswith("2") for status in described), key
        assert {"429", "5XX"} <= described, key
        assert ("401" in described) == bool(operation["security"]), key
        assert ("413" in described) == ("415" in described) == ("requestBody" in operation), key


def test_every_example_matches_its_schema(document: Any, wrong_with: WrongWith) -> None:
    for key, schema, example in bodies(document):
        assert wrong_with(schema, example) == [], key


def test_every_component_and_property_is_described(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description"), f"{name}: give the model a docstring"
        for field, described in schema.get("properties", {}).items():
            assert described.get("description"), f"{name}.{field}: put a text under the field in the model"


def request_schemas(document: Any) -> Iterator[tuple[str, Any]]:
    """Every schema of request bodies and parameters."""
    contents = [operation.get("requestBody") for _, operation in operations(document)]
    schemas = document["components"]["schemas"]
    for name in sorted(referenced(contents, schemas) - {"RunCallback"}):
        yield name, schemas[name]
    for key, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            yield f"{key} {parameter['name']}", parameter["schema"]


def unbounded(schema: Any, path: str) -> Iterator[str]:
    if {"$ref", "enum", "const"} & schema.keys():
        return
    # Next to properties, alternatives only combine fields.
    ways = [*schema.get("anyOf", ()), *schema.get("oneOf", ())] if "properties" not in schema else []
    inner = [*ways, *schema.get("properties", {}).items()]
    for part in inner:
        name, described = part if isinstance(part, tuple) else ("", part)
        yield from unbounded(described, f"{path}.{name}" if name else path)
    kind = schema.get("type")
    if kind == "string" and not {"maxLength", "format", "pattern"} & schema.keys():
        yield f"{path} needs a longest length"
    if kind == "integer" and not {"maximum", "exclusiveMaximum"} & schema.keys():
        yield f"{path} needs a greatest value"
    if kind == "array":
        if "maxItems" not in schema:
            yield f"{path} needs a most of items"
        yield from unbounded(schema["items"], f"{path}[]")


def test_every_request_value_has_limits(document: Any) -> None:
    """Except If-None-Match, which is only compared: API Gateway accepts 10,240 bytes of headers."""
    sent = [
        (name, schema) for name, schema in request_schemas(document) if not name.endswith(" If-None-Match")
    ]
    assert [wrong for name, schema in sent for wrong in unbounded(schema, name)] == []


def test_requests_allow_no_unknown_fields(document: Any) -> None:
    """Except the bot's metadata, which the bot may extend."""
    objects = [(name, schema) for name, schema in request_schemas(document) if schema.get("type") == "object"]
    assert {name for name, schema in objects if schema.get("additionalProperties") is not False} == {
        "BotMetadata"
    }


def codes_in_code() -> Iterator[tuple[int, str, str]]:
    """Each literal status and code of a Problem in the code."""
    for root in CODE:
        for path in root.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                    described = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
                    if len(described) == 2:
                        yield int(str(described[0])), str(described[1]), str(path)


def test_problem_table_matches_the_code() -> None:
    raised = {(code, status) for status, code, _ in codes_in_code()}
    mapped = {(code, status) for status, code in problem.CODES.values()}
    assert raised | mapped == {(code, meaning.status) for code, meaning in PROBLEMS.items()}


def test_documentation_has_every_code() -> None:
    page = Path("docs/reference/problems.md").read_text("utf-8")
    assert {code for code in PROBLEMS if f"`{code}`" not in page} == set()


@pytest.fixture(scope="module")
def page(document: Any) -> str:
    return render(document)


def test_page_has_every_operation_and_component(page: str, document: Any) -> None:
    names = {operation["operationId"] for _, operation in operations(document)}
    for name in names | set(document["components"]["schemas"]):
        assert f'id="{name}"' in page


def test_page_has_the_anchor_of_every_problem(page: str) -> None:
    for code in PROBLEMS:
        path = problem.Problem(400, code, "").body()
        assert f'id="{json.loads(path)["type"].removeprefix("/docs#")}"' in page


def test_page_has_no_links_in_summaries(page: str) -> None:
    assert not re.search(r"<summary>(?:(?!</summary>).)*<a ", page, re.DOTALL)


def test_page_loads_nothing_else(page: str) -> None:
    links = re.findall(r'(?:href|src)="([^"#][^"]*)"', page)
    assert set(links) == {"data:,", "openapi.json"}
    assert "<script" not in page
    assert "url(" not in page
