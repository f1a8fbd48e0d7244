from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

OPEN = {
    "GET /health",
    "GET /openapi.json",
    "GET /docs",
    "POST /stitcher/webhook",
    "POST /stitcher/webhook/github",
    "POST /stitcher/webhook/gitea",
    "POST /stitcher/openclaw/{token}",
}
"""These prove themselves by signature or by token in the path, or have nothing to hide."""


def test_only_the_routes_that_prove_themselves_have_no_authorizer(routes: dict[str, Json]) -> None:
    without = {
        route
        for route, operation in routes.items()
        if [*operation.get("security", [{}])[0]] != ["TokenAuthorizer"]
    }

    assert without == OPEN


def test_the_authorizer_is_asked_by_header_alone_and_its_answer_holds_for_every_route(
    resources: Callable[[str], dict[str, Json]],
) -> None:
    (api,) = resources("AWS::ApiGatewayV2::Api").values()
    (scheme,) = api["Body"]["components"]["securitySchemes"].values()
    authorizer = scheme["x-amazon-apigateway-authorizer"]

    assert authorizer["authorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["enableSimpleResponses"] is True
    assert authorizer["identitySource"] == ["$request.header.Authorization"]
    assert authorizer["authorizerResultTtlInSeconds"] <= 60, "a revoked token works for as long"


def test_a_function_behind_the_api_gives_up_before_the_api_does(
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


def test_every_route_is_throttled(resources: Callable[[str], dict[str, Json]]) -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()

    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0
