"""A web page of another origin reaches neither the HTTP API nor the AWS services of a stack."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError

from local.stack import LocalStack

SendRequest = Callable[..., Any]
GET_SECRET = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "secretsmanager.ListSecrets",
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/secretsmanager/aws4_request",
}


def _port(url: str) -> int:
    return urlsplit(url).port or 0


@pytest.mark.parametrize(
    ("host", "origin", "code"),
    [
        ("127.0.0.1:{port}", None, None),
        ("localhost:{port}", None, None),
        ("LOCALHOST:{port}", None, None),
        ("host.docker.internal:{port}", None, None),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}", None),
        ("127.0.0.1", None, "foreign_host"),
        ("127.0.0.1:1", None, "foreign_host"),
        ("evil.example:{port}", None, "foreign_host"),
        ("localhost.evil.example:{port}", None, "foreign_host"),
        ("127.0.0.1:{port}", "http://evil.example", "foreign_origin"),
        ("127.0.0.1:{port}", "https://127.0.0.1:{port}", "foreign_origin"),
        ("127.0.0.1:{port}", "http://127.0.0.1:1", "foreign_origin"),
        ("127.0.0.1:{port}", "null", "foreign_origin"),
        ("127.0.0.1:{port}", "", "foreign_origin"),
    ],
)
def test_foreign_pages_are_refused(
    stack: LocalStack, send: SendRequest, host: str, origin: str | None, code: str | None
) -> None:
    port = _port(stack.url)
    headers = {"Host": host.format(port=port)}
    if origin is not None:
        headers["Origin"] = origin.format(port=port)

    response = send("POST", "/open", b"{}", **headers)

    assert response.status == (403 if code else 201)
    assert "Access-Control-Allow-Origin" not in response.headers
    if code:
        assert json.loads(response.data)["code"] == code


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "GET"])
@pytest.mark.parametrize("origin", [None, "http://evil.example"])
def test_aws_services_need_the_session_token(stack: LocalStack, method: str, origin: str | None) -> None:
    endpoint = stack.client("secretsmanager").meta.endpoint_url
    headers = {**GET_SECRET, **({"Origin": origin} if origin else {})}

    response = urllib3.request(method, endpoint, body=b"{}", headers=headers)

    assert response.status == 403
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {}])
def test_session_token_does_not_help_a_page(stack: LocalStack, headers: dict[str, str]) -> None:
    token = stack.credentials()["AWS_SESSION_TOKEN"]
    known = {**GET_SECRET, "X-Amz-Security-Token": token, **headers}

    response = urllib3.request(
        "POST", stack.client("secretsmanager").meta.endpoint_url, body=b"{}", headers=known
    )

    assert response.status == (403 if headers else 200)


@pytest.mark.parametrize("token", [None, "", "local", "0" * 48])
def test_sdk_with_another_token_is_refused(stack: LocalStack, token: str | None) -> None:
    client = boto3.client(
        "secretsmanager",
        endpoint_url=stack.client("secretsmanager").meta.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        aws_session_token=token,
    )

    with pytest.raises(ClientError, match="session token"):
        client.list_secrets()


def test_session_token_is_random(stack: LocalStack) -> None:
    assert len(stack.credentials()["AWS_SESSION_TOKEN"]) == 48
