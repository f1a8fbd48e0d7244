"""Routes, batches, schedules, parameters and authorizers, without a running stack."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from local.cloud import parameters
from local.errors import FunctionError, LocalError
from local.http_api.authorizer import Authorizer
from local.http_api.routes import Routes
from local.triggers.batch import failed_items
from local.triggers.schedule import Schedule, period_seconds

INVOCATION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:x:1:function:{}/invocations"
)


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


@pytest.mark.parametrize(
    ("response", "failed"),
    [
        (None, set()),
        ("", set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "b"}]}, {"b"}),
        ({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "c"}]}, {"a", "c"}),
        ({"batchItemFailures": [{"itemIdentifier": "x"}]}, {"a", "b", "c"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b", "c"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"a", "b", "c"}),
        ({"batchItemFailures": [{"item": "a"}]}, {"a", "b", "c"}),
        ({"batchItemFailures": ["a"]}, {"a", "b", "c"}),
        ({"batchItemFailures": "a"}, {"a", "b", "c"}),
        ("done", {"a", "b", "c"}),
    ],
)
def test_response_reports_failed_records(response: Any, failed: set[str]) -> None:
    assert failed_items(response, ["a", "b", "c"]) == failed


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7200), ("rate(1 day)", 86400)],
)
def test_rate_gives_period_in_seconds(expression: str, seconds: int) -> None:
    assert period_seconds(expression) == seconds


@pytest.mark.parametrize(
    "expression", ["cron(0 12 * * ? *)", "rate(0 minutes)", "rate(soon)", "at(2030-01-01)"]
)
def test_unsupported_schedule_is_refused(expression: str) -> None:
    with pytest.raises(LocalError, match="schedule"):
        period_seconds(expression)


class Invoked:
    """A fake of the functions: records every invocation, and fails the given functions."""

    def __init__(self, failing: str = "") -> None:
        self.events: list[tuple[str, Any]] = []
        self.failing = failing
        self.answers: dict[str, Any] = {}

    def invoke(self, name: str, event: Any) -> Any:
        self.events.append((name, event))
        if name == self.failing:
            raise FunctionError("Error", "requested")
        return self.answers.get(name)


class Waiting(Event):
    """An event that is never set and records the timeouts of its waits."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return self.is_set()


def schedule(functions: Any, stopping: Event, targets: Sequence[Mapping[str, Any]]) -> Schedule:
    rule = {"ScheduleExpression": "rate(1 minute)", "Targets": targets}
    return Schedule("Rule", "mosaic-rule", rule, functions, stopping)


def test_schedule_fires_every_target_each_period() -> None:
    invoked, waiting = Invoked(failing="first"), Waiting()
    targets = [{"Id": "1", "Arn": "first"}, {"Id": "2", "Arn": "second", "Input": '{"a": 1}'}]
    schedule(invoked, waiting, targets).step()

    assert waiting.seconds == [60]
    assert [name for name, _ in invoked.events] == ["first", "second"]
    assert invoked.events[1][1] == {"a": 1}


def test_scheduled_event_has_eventbridge_format() -> None:
    invoked = Invoked()
    schedule(invoked, Waiting(), [{"Id": "1", "Arn": "f"}]).fire(datetime(2026, 11, 22, 12, 30, tzinfo=UTC))
    [(_, event)] = invoked.events

    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-11-22T12:30:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/mosaic-rule"],
        "detail": {},
    }


def test_stopped_schedule_does_not_fire() -> None:
    invoked, waiting = Invoked(), Waiting()
    waiting.set()
    schedule(invoked, waiting, [{"Id": "1", "Arn": "f"}]).step()

    assert invoked.events == []


DECLARED: dict[str, dict[str, Any]] = {
    "Url": {"AllowedPattern": "^https?://.+$", "Description": "Where to"},
    "Size": {"Default": "small", "AllowedValues": ["small", "large"]},
    "Days": {"Default": 30, "AllowedValues": [1, 30]},
}


def test_valid_parameters_pass() -> None:
    parameters.check(DECLARED, {"Url": "http://x", "Size": "large"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Url needs a value: Where to"),
        ({"Url": "ftp://x"}, "does not match"),
        ({"Url": "http://x", "Size": "huge"}, "'huge' is none of"),
        ({"Url": "http://x", "Colour": "red"}, "no parameter Colour"),
    ],
)
def test_invalid_parameter_is_reported(given: dict[str, str], message: str) -> None:
    with pytest.raises(LocalError, match=message):
        parameters.check(DECLARED, given)


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
    invoked, now = Invoked(), [1000.0]
    invoked.answers["arn:aws:lambda:x:1:function:a"] = {"isAuthorized": allowed}
    authorizer = Authorizer("A", scheme(), invoked.invoke, lambda: now[0])

    for seconds in (0, 29, 31):
        now[0] = 1000.0 + seconds
        assert authorizer.decide(("me",), {}).allowed is allowed
    assert len(invoked.events) == 2
    assert invoked.events[0][1] == {"type": "REQUEST", "identitySource": ["me"]}


def test_decision_without_period_is_not_cached() -> None:
    invoked = Invoked()
    invoked.answers["arn:aws:lambda:x:1:function:a"] = {"isAuthorized": True}
    authorizer = Authorizer("A", scheme(authorizerResultTtlInSeconds=0), invoked.invoke)

    authorizer.decide(("me",), {})
    authorizer.decide(("me",), {})
    assert len(invoked.events) == 2


@pytest.mark.parametrize(
    "change",
    [{"type": "jwt"}, {"enableSimpleResponses": False}, {"identitySource": "$context.httpMethod"}],
    ids=str,
)
def test_unsupported_authorizer_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(LocalError, match="authorizer A"):
        Authorizer("A", scheme(**change), Invoked().invoke)
