"""An unknown path gets 404. An unknown method of a known path gets 405 with the allowed methods."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_lambda_powertools.utilities.typing import LambdaContext

from api.app import answer
from api.route_errors import WEBHOOK_ROUTES
from mosaic.edge.security_headers import NO_SNIFF, NO_STORE
from tests.fakes.api import FakeApi
from webhook.app import app as webhook

ELSE = [
    ("DELETE", "/runner-jobs", "GET, POST"),
    ("HEAD", "/docs", "GET"),
    ("OPTIONS", "/tokens/ada", "DELETE"),
    ("PATCH", "/workspaces/current", "GET, PUT"),
    ("GET", "/runner-jobs/01KGA000000000000000000001/gates/build", "PUT"),
    ("GET", "/runner-jobs/bulk/cancel", "POST"),
    ("POST", "/runner-jobs/bulk", "GET"),
    ("GET", "/stitcher/webhook", "POST"),
    ("GET", "/stitcher/webhook/gitea", "POST"),
    ("GET", "/stitcher/webhook/forgejo", "POST"),
    ("PUT", "/stitcher/openclaw/token", "POST"),
]
NOWHERE = [
    ("GET", "/no"),
    ("GET", "/runner-jobs/"),
    ("DELETE", "/runner-jobs/"),
    ("POST", "//runner-jobs"),
    ("GET", "/runner-jobs//steps"),
    ("GET", "/runner-jobs/x/steps/y"),
    ("GET", "/tokens/"),
    ("POST", "/stitcher/webhook/gitlab"),
    ("GET", ""),
]
PROBLEM_HEADERS = {
    "Content-Type": "application/problem+json",
    "Cache-Control": NO_STORE,
    "X-Content-Type-Options": NO_SNIFF,
}


def request(method: str, path: str) -> dict[str, Any]:
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "headers": {},
        "requestContext": {"http": {"method": method, "path": path}, "routeKey": "$default"},
    }
    return answer(event, LambdaContext(), FakeApi().services)


@pytest.mark.parametrize(("method", "path", "allowed"), ELSE)
def test_unknown_method_is_405(method: str, path: str, allowed: str) -> None:
    response = request(method, path)
    problem = json.loads(response["body"])
    assert (response["statusCode"], problem["code"]) == (405, "method_not_allowed")
    assert response["headers"] == {**PROBLEM_HEADERS, "Allow": allowed}
    assert problem["detail"] == f"this path allows {allowed}, not {method}"


@pytest.mark.parametrize(("method", "path"), NOWHERE)
def test_unknown_path_is_404(method: str, path: str) -> None:
    response = request(method, path)
    assert (response["statusCode"], json.loads(response["body"])["code"]) == (404, "route_not_found")
    assert response["headers"] == PROBLEM_HEADERS


def test_webhook_routes_match_the_template() -> None:
    known = {
        f"{route.method} {route.openapi_path}"
        for route in (*webhook._static_routes, *webhook._dynamic_routes)
    }
    assert set(WEBHOOK_ROUTES) == known


class _Template(yaml.SafeLoader):
    """Loads CloudFormation's short forms as None."""


_Template.add_multi_constructor("!", lambda *_: None)


def test_default_route_needs_no_token() -> None:
    template = yaml.load(Path("template.yaml").read_text(), _Template)  # noqa: S506 - a subclass of SafeLoader
    default = template["Resources"]["ApiFunction"]["Properties"]["Events"]["Default"]["Properties"]
    assert {"Path", "Method"} & default.keys() == set()
    assert default["Auth"] == {"Authorizer": "NONE"}
