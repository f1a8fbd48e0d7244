"""API Gateway's payload format 2.0: converts an HTTP request to an event, and a function's result to a
response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from local.cloud.moto import ACCOUNT_ID
from local.http_api.routes import Route

Json = dict[str, Any]

_TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}


@dataclass(frozen=True)
class Request:
    """An HTTP request: decoded path, raw query, headers by lower-case name with values joined by commas."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes
    source_ip: str
    protocol: str
    request_id: str
    time: datetime


@dataclass(frozen=True)
class Response:
    """An HTTP response; a header may occur more than once."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


class InvalidResponseError(Exception):
    """A function's result is not a response that API Gateway would send."""


def event_for(request: Request, route: Route, path_parameters: Mapping[str, str], api_id: str) -> Json:
    """Returns the event for a route's function or authorizer, without the body."""
    event: Json = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": dict(request.headers),
        "requestContext": _context(request, route, api_id),
    }
    query = query_parameters(request.query)
    if request.cookies:
        event["cookies"] = list(request.cookies)
    if query:
        event["queryStringParameters"] = query
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    return event


def with_body(event: Json, request: Request) -> Json:
    """Returns the event with the request's body: text unchanged, everything else in base64."""
    if not request.body:
        return {**event, "isBase64Encoded": False}
    text = _text(request)
    if text is not None:
        return {**event, "body": text, "isBase64Encoded": False}
    return {**event, "body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}


def query_parameters(query: str) -> dict[str, str]:
    """Decodes a query; the values of a repeated name are joined by commas."""
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def response_from(result: Any) -> Response:
    """Returns the response for a function's result.

    A result without `statusCode` is the JSON body of a 200. Raises InvalidResponseError for an invalid
    status, header or base64 body.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result)
        return Response(HTTPStatus.OK, body.encode(), [("content-type", "application/json")])
    headers = [(name.lower(), str(value)) for name, value in (result.get("headers") or {}).items()]
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    headers += [("set-cookie", cookie) for cookie in result.get("cookies") or []]
    return Response(_status(result["statusCode"]), _body(result), headers)


def problem(status: HTTPStatus, code: str) -> Response:
    """Returns the gateway's own error as problem+json.

    On AWS the gateway sends `{"message": …}` only, which cannot be changed for an HTTP API. That member is
    here too; the others give local errors the format of the functions' errors.
    """
    members = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": code,
        "detail": status.phrase,
        "message": status.phrase,
    }
    return Response(status, json.dumps(members).encode(), [("content-type", "application/problem+json")])


def _context(request: Request, route: Route, api_id: str) -> Json:
    domain = request.headers.get("host", "")
    return {
        "accountId": ACCOUNT_ID,
        "apiId": api_id,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request.request_id,
        "routeKey": route.key,
        "stage": "$default",
        "time": request.time.astimezone(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(request.time.timestamp() * 1000),
    }


def _text(request: Request) -> str | None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not media_type.startswith("text/") and media_type not in _TEXT_TYPES:
        return None
    try:
        return request.body.decode()
    except UnicodeDecodeError:  # the media type says text, but the bytes are not UTF-8
        return None


def _status(value: Any) -> int:
    try:
        status = int(value)
    except (TypeError, ValueError) as error:
        raise InvalidResponseError(f"statusCode {value!r} is not a number") from error
    if not 100 <= status <= 599:
        raise InvalidResponseError(f"statusCode {status} is not an HTTP status")
    return status


def _body(result: Json) -> bytes:
    body = result.get("body") or ""
    if not isinstance(body, str):
        raise InvalidResponseError("body is not a string")
    if not result.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise InvalidResponseError(f"body is not base64: {error}") from error
