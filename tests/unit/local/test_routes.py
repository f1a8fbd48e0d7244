"""Routes are matched by precedence, and unsupported ones are reported."""

from typing import Any

import pytest

from local.errors import LocalError
from local.http_api.routes import Routes
from tests.unit.local.fake_functions import INVOCATION


def document(*routes: str) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in routes:
        method, _, path = route.rpartition(" ")
        name = "x-amazon-apigateway-any-method" if method in {"", "ANY"} else method.lower()
        paths.setdefault(path, {})[name] = {
            "x-amazon-apigateway-integration": {
                "type": "aws_proxy",
                "payloadFormatVersion": "2.0",
                "uri": INVOCATION.format("f"),
            }
        }
    return {"paths": paths}


@pytest.mark.parametrize(
    ("request_line", "key", "variables"),
    [
        ("GET /pets/all", "GET /pets/all", {}),
        ("GET /pets/7", "GET /pets/{id}", {"id": "7"}),
        ("POST /pets/7", "ANY /pets/{id}", {"id": "7"}),
        ("GET /pets/7/toys", "GET /pets/{id}/toys", {"id": "7"}),
        ("GET /pets/7/toys/9/parts", "GET /pets/{rest+}", {"rest": "7/toys/9/parts"}),
        ("GET /a.b", "GET /a.b", {}),
        ("GET /axb", "$default", {}),
        ("DELETE /", "$default", {}),
    ],
)
def test_most_specific_route_wins(request_line: str, key: str, variables: dict[str, str]) -> None:
    routes = Routes(
        document(
            "$default",
            "GET /pets/{rest+}",
            "ANY /pets/{id}",
            "GET /pets/{id}",
            "GET /pets/all",
            "GET /pets/{id}/toys",
            "GET /a.b",
        )
    )
    match = routes.find(*request_line.split(" "))

    assert match is not None
    assert (match[0].key, match[1]) == (key, variables)


def test_unmatched_path_has_no_route_without_default() -> None:
    assert Routes(document("GET /pets")).find("GET", "/") is None


@pytest.mark.parametrize(
    "change",
    [
        {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "https://example.org"}},
        {"x-amazon-apigateway-integration": {"type": "aws_proxy", "payloadFormatVersion": "1.0"}},
        {"security": [{"Unknown": []}]},
    ],
    ids=["integration", "payload format", "authorizer"],
)
def test_unsupported_route_is_reported(change: dict[str, Any]) -> None:
    spec = document("GET /pets")
    spec["paths"]["/pets"]["get"] |= change

    with pytest.raises(LocalError, match="/pets"):
        Routes(spec)
