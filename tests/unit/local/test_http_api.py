"""The HTTP API serves the template's routes as API Gateway does."""

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
from local.http_api.app import MAX_BODY_BYTES, MAX_EVENT_BYTES
from local.stack import LocalStack

SendRequest = Callable[..., Any]
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
def test_only_template_routes_are_served(send: SendRequest, method: str, path: str, status: int) -> None:
    assert send(method, path).status == status


def test_event_has_api_gateway_format(send: SendRequest) -> None:
    response = send(
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
def test_binary_body_is_base64(send: SendRequest, content_type: str, body: bytes, encoded: bool) -> None:
    event = json.loads(send("POST", "/open", body, content_type=content_type).data)

    assert event["isBase64Encoded"] is encoded
    sent = base64.b64decode(event["body"]) if encoded else event["body"].encode()
    assert sent == body


def test_response_keeps_status_headers_and_cookies(send: SendRequest) -> None:
    response = send("POST", "/open")

    assert response.status == 201
    assert response.headers["x-answer"] == "yes"
    assert response.headers.getlist("set-cookie") == ["a=1; Path=/", "b=2"]


def result(send: SendRequest, kind: str, value: Any = None) -> Any:
    body = json.dumps({"kind": kind, "result": value}).encode()
    return send("POST", "/result", body, content_type="application/json")


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
def test_function_result_becomes_response(
    send: SendRequest, value: Any, status: int, content_type: str, body: bytes
) -> None:
    response = result(send, "result", value)

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
def test_invalid_function_response_is_500(send: SendRequest, value: Any) -> None:
    response = result(send, "result", value)

    assert response.status == 500
    assert json.loads(response.data)["code"] == "invalid_function_response"


@pytest.mark.parametrize("kind", ["raise", "exit"])
def test_failed_function_serves_next_request(send: SendRequest, kind: str) -> None:
    response = result(send, kind)

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
    assert result(send, "result", "fine").data == b"fine"


def test_function_is_killed_after_timeout(send: SendRequest, notes: Notes) -> None:
    response = send("GET", "/slow")

    assert response.status == 504
    assert json.loads(response.data)["code"] == "function_timeout"
    process = notes("slow")[-1]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_concurrent_requests_use_separate_environments(send: SendRequest) -> None:
    with ThreadPoolExecutor(4) as executor:
        answers = list(executor.map(lambda _: result(send, "wait", 1).data, range(4)))

    assert len(set(answers)) == 4


def test_killed_worker_fails_only_its_request(
    stack: LocalStack, send: SendRequest, eventually: Eventually
) -> None:
    eventually(lambda: stack.workers() == [])
    with ThreadPoolExecutor(1) as executor:
        waiting = executor.submit(result, send, "wait", 20)
        [worker] = eventually(stack.workers)
        os.kill(worker, signal.SIGKILL)

    assert waiting.result().status == 500
    assert result(send, "result", "fine").data == b"fine"


def test_printed_text_is_not_the_response(send: SendRequest) -> None:
    assert result(send, "print", "the answer").data == b"the answer"


def test_function_sees_only_its_environment(
    send: SendRequest, stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET_OF_THIS_SHELL", "x")
    seen = json.loads(result(send, "context").data)

    assert seen["function"] == stack.resource("WebFunction")
    assert seen["arn"].endswith(f":function:{seen['function']}")
    assert seen["memory"] == "128"
    assert 0 < seen["milliseconds"] <= 10_000
    assert seen["environment"].items() >= stack.env("WebFunction").items()
    assert seen["environment"]["PUBLIC_URL"] == stack.url
    assert seen["environment"]["ITEMS_TABLE"] == stack.output("ItemsTableName")
    assert "A_SECRET_OF_THIS_SHELL" not in seen["environment"]


def test_function_gets_its_logging_config(send: SendRequest) -> None:
    environment = json.loads(result(send, "context").data)["environment"]

    assert environment["AWS_LAMBDA_LOG_LEVEL"] == "WARN"
    assert environment["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == "/local/web"


@pytest.mark.parametrize(
    ("config", "format_", "level"),
    [
        ({}, "Text", None),
        ({"LogFormat": "Text"}, "Text", None),
        ({"LogFormat": "JSON"}, "JSON", "INFO"),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}, "JSON", "DEBUG"),
    ],
)
def test_log_level_is_set_for_json_only(config: dict[str, str], format_: str, level: str | None) -> None:
    function = Function("WebFunction", "web", "arn", "web.handler", 3, 128, {}, config, (Path("/code"),))
    environment = variables(function, {})

    assert (environment["AWS_LAMBDA_LOG_FORMAT"], environment.get("AWS_LAMBDA_LOG_LEVEL")) == (format_, level)
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/web"


def test_log_has_routes_without_path_parameters(send: SendRequest, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="local")
    send("GET", "/guarded/s3cret", authorization="Bearer good")

    assert "GET /guarded/{id} 201" in caplog.text
    assert "s3cret" not in caplog.text


def test_body_over_limit_is_413(send: SendRequest) -> None:
    response = send("POST", "/open", b"x" * (MAX_BODY_BYTES + 1), content_type="text/plain")

    assert response.status == 413
    assert json.loads(response.data)["code"] == "payload_too_large"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"x" * (5 * 1024 * 1024), "text/plain", 201),
        (b"x" * MAX_EVENT_BYTES, "text/plain", 413),
        (b'"' * (MAX_EVENT_BYTES // 2), "text/plain", 413),
        (b"x" * (5 * 1024 * 1024), "application/octet-stream", 413),
    ],
)
def test_event_over_the_limit_of_lambda_is_413(
    send: SendRequest, body: bytes, content_type: str, status: int
) -> None:
    assert send("POST", "/open", body, content_type=content_type).status == status


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ("", 401, "unauthorized"),
        ("Bearer bad", 403, "forbidden"),
        ("Bearer broken", 500, "authorizer_error"),
        ("Bearer undecided", 500, "authorizer_error"),
    ],
)
def test_denied_request_is_refused(send: SendRequest, authorization: str, status: int, code: str) -> None:
    response = send("GET", "/guarded/7", authorization=authorization)

    assert response.status == status
    assert json.loads(response.data)["code"] == code


def test_authorizer_context_is_passed_and_cached(send: SendRequest) -> None:
    def ask(path: str, token: str) -> Any:
        return json.loads(send("GET", path, authorization=f"Bearer good-{token}").data)

    first, again, other = ask("/guarded/1", "a"), ask("/guarded/2", "a"), ask("/guarded/1", "b")

    assert first["pathParameters"] == {"id": "1"}
    context = first["requestContext"]["authorizer"]["lambda"]
    assert context["caller"] == "Bearer good-a"
    assert context["route"] == "GET /guarded/{id}"
    assert again["requestContext"]["authorizer"]["lambda"] == context
    assert other["requestContext"]["authorizer"]["lambda"]["call"] != context["call"]
