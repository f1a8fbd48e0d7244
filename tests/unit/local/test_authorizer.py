"""Authorizer decisions are cached."""

from typing import Any

import pytest

from local.errors import LocalError
from local.http_api.authorizer import Authorizer
from tests.unit.local.fake_functions import INVOCATION, FakeFunctions


def scheme(**changes: Any) -> dict[str, Any]:
    settings = {
        "type": "request",
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
        "authorizerUri": INVOCATION.format("a"),
        "identitySource": ["$request.header.Authorization"],
        "authorizerResultTtlInSeconds": 30,
    }
    return {"x-amazon-apigateway-authorizer": settings | changes}


@pytest.mark.parametrize("allowed", [True, False])
def test_decision_is_cached_until_it_expires(allowed: bool) -> None:
    functions, now = FakeFunctions(), [1000.0]
    functions.results["arn:aws:lambda:x:1:function:a"] = {"isAuthorized": allowed}
    authorizer = Authorizer("A", scheme(), functions.invoke, lambda: now[0])

    for seconds in (0, 29, 31):
        now[0] = 1000.0 + seconds
        assert authorizer.decide(("me",), {}).allowed is allowed
    assert len(functions.events) == 2
    assert functions.events[0][1] == {"type": "REQUEST", "identitySource": ["me"]}


def test_decision_without_period_is_not_cached() -> None:
    functions = FakeFunctions()
    functions.results["arn:aws:lambda:x:1:function:a"] = {"isAuthorized": True}
    authorizer = Authorizer("A", scheme(authorizerResultTtlInSeconds=0), functions.invoke)

    authorizer.decide(("me",), {})
    authorizer.decide(("me",), {})
    assert len(functions.events) == 2


@pytest.mark.parametrize(
    "change",
    [{"type": "jwt"}, {"enableSimpleResponses": False}, {"identitySource": "$context.httpMethod"}],
    ids=str,
)
def test_unsupported_authorizer_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(LocalError, match="authorizer A"):
        Authorizer("A", scheme(**change), FakeFunctions().invoke)
