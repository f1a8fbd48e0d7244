"""The HTTP API does what the template says, as API Gateway would."""

import base64
import json
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local.cloud.deploy import Function
from local.functions.execution_environment import variables
from local.http_api.app import MAX_BODY_BYTES
from local.stack import LocalStack

AwsCall = Callable[..., Any]
Eventually = Callable[[Callable[[], Any]], Any]
Notes = Callable[[str], list[Any]]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/guarded/7", 401),
        ("GET", "/guarded", 404),
        ("GET", "/guarded/7/more", 404),
        ("POST", "/guarded/7", 404),
        ("POST", "/open", 201),
        ("GET", "/open", 404),
        ("POST", "/open/", 404),
        ("GET", "/", 404),
    ],
)
def test_only_the_templates_routes_answer(call: AwsCall, method: str, path: str, status: int) -> None:
    assert call(method, path).status == status


def test_an_event_has_api_gateways_form(call: AwsCall) -> None:
    response = call(
        "POST",
        "/open?a=1&b=x%20y&a=2&empty=",
        b'{"text": "\xc3\xa9"}',
        content_type="application/json; charset=utf-8",
        X_Thing="One",
        Cookie="session=s; other=o",
        User_Agent="tests",
    )
    event = json.loads(response.data)

    assert (event["version"], event["routeKey"]) == ("2.0", "POST /open")
    assert event["rawPath"] == "/open"
    assert event["rawQueryString"] == "a=1&b=x%20y&a=2&empty="
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y", "empty": ""}
    assert event["cookies"] == ["session=s", "other=o"]
    assert event["headers"]["x-thing"] == "One"
    assert "cookie" not in event["headers"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"text": "é"}', False)
    assert "pathParameters" not in event
    context = event["requestContext"]
    assert context["http"] == {
        "method": "POST",
        "path": "/open",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "tests",
    }
    assert (context["stage"], context["routeKey"]) == ("$default", "POST /open")
    assert context["requestId"]
    assert context["timeEpoch"] > 1_700_000_000_000
    assert "authorizer" not in context


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/json", b"{}", False),
        ("text/plain", b"hello", False),
        ("text/plain", b"\xff\xfe", True),
        ("application/octet-stream", b"hello", True),
        ("application/x-www-form-urlencoded", b"a=1", True),
    ],
)
def test_a_body_that_is_not_text_travels_in_base64(
    call: AwsCall, content_type: str, body: bytes, encoded: bool
) -> None:
    event = json.loads(call("POST", "/open", body, content_type=content_type).data)

    assert event["isBase64Encoded"] is encoded
    sent = base64.b64decode(event["body"]) if encoded else event["body"].encode()
    assert sent == body


def test_a_response_keeps_its_status_headers_and_cookies(call: AwsCall) -> None:
    response = call("POST", "/open")

    assert response.status == 201
    assert response.headers["x-answer"] == "yes"
    assert response.headers.getlist("set-cookie") == ["a=1; Path=/", "b=2"]


def result(call: AwsCall, kind: str, value: Any = None) -> Any:
    body = json.dumps({"kind": kind, "result": value}).encode()
    return call("POST", "/result", body, content_type="application/json")


@pytest.mark.parametrize(
    ("value", "status", "content_type", "body"),
    [
        ({"plain": "dict"}, 200, "application/json", b'{"plain": "dict"}'),
        ("text", 200, "application/json", b"text"),
        (None, 200, "application/json", b"null"),
        ({"statusCode": 204}, 204, "text/plain;charset=UTF-8", b""),
        ({"statusCode": "202", "body": "on its way"}, 202, "text/plain;charset=UTF-8", b"on its way"),
        (
            {
                "statusCode": 200,
                "headers": {"Content-Type": "image/png"},
                "body": "iVBORw==",
                "isBase64Encoded": True,
            },
            200,
            "image/png",
            b"\x89PNG",
        ),
    ],
)
def test_results_become_responses(
    call: AwsCall, value: Any, status: int, content_type: str, body: bytes
) -> None:
    response = result(call, "result", value)

    assert (response.status, response.data) == (status, body)
    assert response.headers["content-type"] == content_type


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": "many"},
        {"statusCode": 42},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "*", "isBase64Encoded": True},
    ],
)
def test_what_is_no_response_is_a_500(call: AwsCall, value: Any) -> None:
    response = result(call, "result", value)

    assert response.status == 500
    assert json.loads(response.data)["code"] == "invalid_function_response"


@pytest.mark.parametrize("kind", ["raise", "exit"])
def test_a_failing_function_is_a_500_and_serves_the_next_request(call: AwsCall, kind: str) -> None:
    response = result(call, kind)

    assert response.status == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(response.data) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "code": "function_error",
        "detail": "Internal Server Error",
        "message": "Internal Server Error",
    }
    assert result(call, "result", "fine").data == b"fine"


def test_a_function_past_its_timeout_is_killed(call: AwsCall, notes: Notes) -> None:
    response = call("GET", "/slow")

    assert response.status == 504
    assert json.loads(response.data)["code"] == "function_timeout"
    process = notes("slow")[-1]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_concurrent_requests_run_in_environments_of_their_own(call: AwsCall) -> None:
    with ThreadPoolExecutor(4) as executor:
        answers = list(executor.map(lambda _: result(call, "wait", 1).data, range(4)))

    assert len(set(answers)) == 4


def test_a_worker_that_is_killed_takes_only_its_request_along(
    stack: LocalStack, call: AwsCall, eventually: Eventually
) -> None:
    eventually(lambda: stack.workers() == [])
    with ThreadPoolExecutor(1) as executor:
        asked = executor.submit(result, call, "wait", 20)
        [worker] = eventually(stack.workers)
        os.kill(worker, signal.SIGKILL)

    assert asked.result().status == 500
    assert result(call, "result", "fine").data == b"fine"


def test_what_a_handler_prints_is_not_its_answer(call: AwsCall) -> None:
    assert result(call, "print", "the answer").data == b"the answer"


def test_a_function_sees_its_own_environment_only(
    call: AwsCall, stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THIS_SHELL", "x")
    seen = json.loads(result(call, "context").data)

    assert seen["function"] == stack.resource("WebFunction")
    assert seen["arn"].endswith(f":function:{seen['function']}")
    assert seen["memory"] == "128"
    assert 0 < seen["milliseconds"] <= 10_000
    assert seen["environment"].items() >= stack.env("WebFunction").items()
    assert seen["environment"]["PUBLIC_URL"] == stack.url
    assert seen["environment"]["ITEMS_TABLE"] == stack.output("ItemsTableName")
    assert "A_SECRET_OF_THIS_SHELL" not in seen["environment"]


def test_a_function_is_told_its_logging_config(call: AwsCall) -> None:
    told = json.loads(result(call, "context").data)["environment"]

    assert told["AWS_LAMBDA_LOG_LEVEL"] == "WARN"
    assert told["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
    assert told["AWS_LAMBDA_LOG_GROUP_NAME"] == "/local/web"


@pytest.mark.parametrize(
    ("config", "format_", "level"),
    [
        ({}, "Text", None),
        ({"LogFormat": "Text"}, "Text", None),
        ({"LogFormat": "JSON"}, "JSON", "INFO"),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}, "JSON", "DEBUG"),
    ],
)
def test_a_level_is_told_for_json_alone(config: dict[str, str], format_: str, level: str | None) -> None:
    function = Function("WebFunction", "web", "arn", "web.handler", 3, 128, {}, config, (Path("/code"),))
    told = variables(function, {})

    assert (told["AWS_LAMBDA_LOG_FORMAT"], told.get("AWS_LAMBDA_LOG_LEVEL")) == (format_, level)
    assert told["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/web"


def test_the_log_names_routes_and_never_what_their_variables_hold(
    call: AwsCall, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="local")
    call("GET", "/guarded/s3cret", authorization="Bearer good")

    assert "GET /guarded/{id} 201" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_body_over_the_limit_is_a_413(call: AwsCall) -> None:
    response = call("POST", "/open", b"x" * (MAX_BODY_BYTES + 1), content_type="text/plain")

    assert response.status == 413
    assert json.loads(response.data)["code"] == "payload_too_large"


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ("", 401, "unauthorized"),
        ("Bearer bad", 403, "forbidden"),
        ("Bearer broken", 500, "authorizer_error"),
        ("Bearer undecided", 500, "authorizer_error"),
    ],
)
def test_whom_the_authorizer_does_not_let_in(
    call: AwsCall, authorization: str, status: int, code: str
) -> None:
    response = call("GET", "/guarded/7", authorization=authorization)

    assert response.status == status
    assert json.loads(response.data)["code"] == code


def test_the_authorizers_context_reaches_the_function_and_is_reused(call: AwsCall) -> None:
    def ask(path: str, token: str) -> Any:
        return json.loads(call("GET", path, authorization=f"Bearer good-{token}").data)

    first, again, other = ask("/guarded/1", "a"), ask("/guarded/2", "a"), ask("/guarded/1", "b")

    assert first["pathParameters"] == {"id": "1"}
    context = first["requestContext"]["authorizer"]["lambda"]
    assert context["caller"] == "Bearer good-a"
    assert context["route"] == "GET /guarded/{id}"
    assert again["requestContext"]["authorizer"]["lambda"] == context
    assert other["requestContext"]["authorizer"]["lambda"]["call"] != context["call"]
