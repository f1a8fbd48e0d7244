import json
from collections.abc import Callable
from typing import Any

from api.authorization import ROUTES
from mosaic.access.model import PERMISSIONS, Role

Json = dict[str, Any]

OPEN = {
    "GET /",
    "$default",
    "GET /health",
    "GET /openapi.json",
    "GET /docs",
    "POST /stitcher/webhook",
    "POST /stitcher/webhook/github",
    "POST /stitcher/webhook/gitea",
    "POST /stitcher/webhook/forgejo",
    "POST /stitcher/openclaw/{token}",
}
"""These prove themselves by signature or by token in the path, or have nothing to hide."""


def test_only_self_authenticating_routes_are_open(routes: dict[str, Json]) -> None:
    without = {
        route
        for route, operation in routes.items()
        if [*operation.get("security", [{}])[0]] != ["TokenAuthorizer"]
    }

    assert without == OPEN


def test_authorizer_result_is_cached_by_header(
    resources: Callable[[str], dict[str, Json]],
) -> None:
    (api,) = resources("AWS::ApiGatewayV2::Api").values()
    (scheme,) = api["Body"]["components"]["securitySchemes"].values()
    authorizer = scheme["x-amazon-apigateway-authorizer"]

    assert authorizer["authorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["enableSimpleResponses"] is True
    assert authorizer["identitySource"] == ["$request.header.Authorization"]
    assert authorizer["authorizerResultTtlInSeconds"] <= 60, "a revoked token works for as long"


def test_function_times_out_before_the_api(
    routes: dict[str, Json],
    functions: dict[str, Json],
    names: Callable[[Any], set[str]],
) -> None:
    """An HTTP API waits for 30 seconds, not more."""
    behind = set().union(
        *(names(operation["x-amazon-apigateway-integration"]["uri"]) for operation in routes.values())
    )

    for name in behind & set(functions) | {"AuthorizerFunction"}:
        assert functions[name]["Timeout"] < 30, name


def test_every_route_is_throttled(
    resources: Callable[[str], dict[str, Json]], routes: dict[str, Json]
) -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    usual, own = stage["DefaultRouteSettings"], stage["RouteSettings"]

    assert set(own) <= set(routes)
    assert set(own) >= OPEN
    for name, settings in own.items():
        assert 0 < settings["ThrottlingRateLimit"] <= usual["ThrottlingRateLimit"], name
        assert 0 < settings["ThrottlingBurstLimit"] <= usual["ThrottlingBurstLimit"], name


def test_access_log_holds_no_secret(
    resources: Callable[[str], dict[str, Json]],
) -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    entry = json.loads(stage["AccessLogSettings"]["Format"])

    assert entry["route"] == "$context.routeKey"
    for value in entry.values():
        assert value.startswith("$context.")
        assert not any(word in value.lower() for word in ("path", "header", "query", "useragent", "claims"))


def test_routes_match_the_permission_table(routes: dict[str, Json], names: Callable[[Any], set[str]]) -> None:
    api = {
        name
        for name, operation in routes.items()
        if names(operation["x-amazon-apigateway-integration"]["uri"]) & {"ApiFunction", "AdminFunction"}
    }

    assert api == {*ROUTES, "$default"}
    assert {*(name for name, permission in ROUTES.items() if permission is None), "$default"} == OPEN & api


def test_admin_routes_use_the_admin_function(
    routes: dict[str, Json], names: Callable[[Any], set[str]]
) -> None:
    """By the table of permissions: the role that may change permissions serves no other routes."""
    others = set().union(*(PERMISSIONS[role] for role in Role if role is not Role.ADMIN))
    for name, permission in ROUTES.items():
        function = names(routes[name]["x-amazon-apigateway-integration"]["uri"])
        admin = permission is not None and permission not in others
        assert ("AdminFunction" in function) is admin, name
