"""The HTTP API: finds a request's route, calls the authorizer and the function."""

import json
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response as HttpResponse

from local.errors import FunctionError, FunctionThrottledError, FunctionTimeoutError
from local.http_api.authorizer import Authorizer, InvalidDecisionError
from local.http_api.payload import (
    InvalidResponseError,
    Request,
    Response,
    event_for,
    problem,
    response_from,
    with_body,
)
from local.http_api.routes import Route, Routes

Json = dict[str, Any]
Invoke = Callable[[str, Json], Any]

MAX_BODY_BYTES = 10 * 1024 * 1024
"""The largest payload that an HTTP API accepts."""
MAX_EVENT_BYTES = 6 * 1024 * 1024
"""The largest event that Lambda accepts. A body has its JSON escapes there, or is in base64."""

_log = logging.getLogger(__name__)


class HttpApi:
    """A WSGI application that serves the HTTP API of an OpenAPI document."""

    def __init__(self, api_id: str, document: Mapping[str, Any], invoke: Invoke):
        """Reads routes and authorizers; `invoke` calls a function by its ARN.

        Raises LocalError for a setting that this gateway does not support.
        """
        self._api_id = api_id
        self._invoke = invoke
        self.routes = Routes(document)
        schemes = document.get("components", {}).get("securitySchemes", {})
        self._authorizers = {name: Authorizer(name, scheme, invoke) for name, scheme in schemes.items()}

    @property
    def functions(self) -> list[str]:
        """The ARNs of the functions that a request waits for: authorizers first, because routes wait for
        them.
        """
        return [authorizer.function for authorizer in self._authorizers.values()] + [
            route.function for route in self.routes
        ]

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Serves one request by the WSGI protocol."""
        response = self._respond(HttpRequest(environ))
        http_response = HttpResponse(response.body, response.status, Headers(response.headers))
        return http_response(environ, start_response)

    def _respond(self, http: HttpRequest) -> Response:
        try:
            return self.handle(_read(http))
        except RequestEntityTooLarge:
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large")
        except ClientDisconnected:
            return problem(HTTPStatus.BAD_REQUEST, "incomplete_request")

    def handle(self, request: Request) -> Response:
        """Answers a request as API Gateway does.

        A function's timeout is a 504 here and a 500 on AWS, to make the cause visible in local debugging.
        """
        started = time.monotonic()
        match = self.routes.find(request.method, request.path)
        response = self._call(request, *match) if match else problem(HTTPStatus.NOT_FOUND, "no_route")
        # The log names the route, because a path may contain a token.
        name = match[0].key if match else f"{request.method} {request.path!r}"
        _log.info("%s %d (%.0f ms)", name, response.status, (time.monotonic() - started) * 1000)
        return response

    def _call(self, request: Request, route: Route, parameters: Mapping[str, str]) -> Response:
        event = event_for(request, route, parameters, self._api_id)
        try:
            error = self._authorize(route, request, event)
            return error or self._answer(route, with_body(event, request))
        except FunctionTimeoutError:
            return problem(HTTPStatus.GATEWAY_TIMEOUT, "function_timeout")
        except FunctionThrottledError:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "function_throttled")
        except FunctionError:
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "function_error")
        except InvalidResponseError as error:
            _log.warning("%s: %s", route.key, error)
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "invalid_function_response")

    def _answer(self, route: Route, event: Json) -> Response:
        # A character takes at most six bytes as JSON, so smaller bodies need no count.
        is_large = len(event.get("body", "")) > MAX_EVENT_BYTES // 12
        if is_large and len(json.dumps(event, ensure_ascii=False).encode()) > MAX_EVENT_BYTES:
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "payload_too_large")
        return response_from(self._invoke(route.function, event))

    def _authorize(self, route: Route, request: Request, event: Json) -> Response | None:
        if route.authorizer is None:
            return None
        authorizer = self._authorizers[route.authorizer]
        identity = authorizer.identity(request)
        if identity is None:
            return problem(HTTPStatus.UNAUTHORIZED, "unauthorized")
        try:
            decision = authorizer.decide(identity, event)
        except (FunctionError, InvalidDecisionError) as error:
            _log.warning("%s: authorizer: %s", route.key, error)
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "authorizer_error")
        if not decision.allowed:
            return problem(HTTPStatus.FORBIDDEN, "forbidden")
        event["requestContext"]["authorizer"] = {"lambda": decision.context}
        return None


def _read(http: HttpRequest) -> Request:
    http.max_content_length = MAX_BODY_BYTES
    headers = {name.lower(): value for name, value in http.headers.items()}
    cookies = headers.pop("cookie", "")
    source_ip = http.remote_addr or ""
    headers |= {"x-forwarded-for": source_ip, "x-forwarded-proto": "http"}
    return Request(
        method=http.method,
        path=http.path,
        query=http.query_string.decode("latin-1"),
        headers=headers,
        cookies=tuple(cookie.strip() for cookie in cookies.split(";") if cookie.strip()),
        body=http.get_data(cache=False),
        source_ip=source_ip,
        protocol=str(http.environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
        request_id=str(uuid.uuid4()),
        time=datetime.now(UTC),
    )
