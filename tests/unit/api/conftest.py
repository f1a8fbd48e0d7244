"""The api function with fakes, and the committed contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from tests.fakes.api import ApiResponse, FakeApi
from tools.openapi import page

WrongWith = Callable[[Any, Any], list[str]]


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture(scope="session", autouse=True)
def _docs_page() -> None:
    """Writes the page that the api function serves; it is not committed."""
    page.write()


@pytest.fixture(scope="session")
def document() -> Any:
    return json.loads(Path("functions/api/openapi.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def wrong_with(document: Any) -> WrongWith:
    """Returns a function `wrong_with(schema, value)` that lists the value's violations of a schema in the
    document.
    """

    def check(schema: Any, value: Any) -> list[str]:
        whole = OAS31Validator({**schema, "components": document["components"]})
        return [f"{error.json_path}: {error.message}" for error in whole.iter_errors(value)]

    return check


@pytest.fixture(scope="session")
def matches_contract(document: Any, wrong_with: WrongWith) -> Callable[[ApiResponse], None]:
    """Returns a function that fails unless the document allows the response: status, type, schema and code."""

    def check(response: ApiResponse) -> None:
        method, path = response.route.split(" ", 1)
        responses = document["paths"][path][method.lower()]["responses"]
        assert response.status < 500, response
        assert str(response.status) in responses, response
        content = responses[str(response.status)].get("content", {})
        if response.body or content:
            media = content[response.headers["content-type"].partition(";")[0]]
            assert wrong_with(media["schema"], response.json) == [], response

    return check
