"""An HTTP client of the product that keeps every response."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import urllib3

T = TypeVar("T")
Json = dict[str, Any]

TIMEOUT_SECONDS = 20.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Response:
    """The response to a request; `request` is its method and path."""

    request: str
    status: int
    headers: Mapping[str, str]
    data: bytes

    def __str__(self) -> str:
        return f"{self.request} returned {self.status}: {self.data[:500]!r}"

    @property
    def json(self) -> Json:
        result: Json = json.loads(self.data)
        return result

    def ok(self, status: int = 200) -> Json:
        """Checks the status, and returns the JSON body."""
        assert self.status == status, f"expected {status}, but {self}"
        assert self.headers["content-type"] == "application/json", str(self)
        return self.json

    def refused(self, status: int, code: str | None = None) -> Json:
        """Checks the status and code, and returns the problem (RFC 9457)."""
        assert self.status == status, f"expected {status}, but {self}"
        assert self.headers["content-type"] == "application/problem+json", str(self)
        problem = self.json
        assert (problem["status"], problem["code"]) == (status, code or problem["code"]), str(self)
        return problem


class HttpClient:
    """Sends requests to the stack and keeps the responses; a 5xx fails the test."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(retries=False, maxsize=16, timeout=30)
        self.responses: list[Response] = []

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Sends a request; `path` may contain a query."""
        raw = self._pool.request(method, self._url + path, body=body, headers=dict(headers or {}))
        named = {name.lower(): value for name, value in raw.headers.items()}
        response = Response(f"{method} {path}", raw.status, named, raw.data)
        self.responses.append(response)
        assert response.status < 500, str(response)
        return response

    def close(self) -> None:
        self._pool.clear()


@dataclass(frozen=True)
class Caller:
    """A caller with an API token, or without one."""

    http: HttpClient
    token: str | None

    def get(self, path: str, **headers: str) -> Response:
        return self.http.send("GET", path, None, self._headers() | _named(headers))

    def post(self, path: str, body: object = None, **headers: str) -> Response:
        return self._send("POST", path, body, headers)

    def put(self, path: str, body: object) -> Response:
        return self._send("PUT", path, body, {})

    def delete(self, path: str) -> Response:
        return self.http.send("DELETE", path, None, self._headers())

    def _send(self, method: str, path: str, body: object, more: Mapping[str, str]) -> Response:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        usual = {"content-type": "application/json"}
        return self.http.send(method, path, data, self._headers() | usual | _named(more))

    def _headers(self) -> dict[str, str]:
        return {} if self.token is None else {"authorization": f"Bearer {self.token}"}


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def wait_until(condition: Callable[[], T | None], description: str, within: float = TIMEOUT_SECONDS) -> T:
    """Returns the first true result of `condition`. Fails the test, with the description, after `within`
    seconds.
    """
    deadline = time.monotonic() + within
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within:g} s: {description}")
        time.sleep(POLL_SECONDS)
