"""HTTP as callers of the product see it, with every answer kept."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import urllib3

T = TypeVar("T")
Json = dict[str, Any]

PATIENCE = 20.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Answer:
    """What was answered to a request; `request` is its method and path."""

    request: str
    status: int
    headers: Mapping[str, str]
    data: bytes

    def __str__(self) -> str:
        return f"{self.request} answered {self.status}: {self.data[:500]!r}"

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.data)
        return found

    def ok(self, status: int = 200) -> Json:
        """The JSON of an answer that has to have this status."""
        assert self.status == status, f"expected {status}, but {self}"
        assert self.headers["content-type"] == "application/json", str(self)
        return self.json

    def refused(self, status: int, code: str | None = None) -> Json:
        """The problem, as RFC 9457 has it, of an answer that has to have this status and code."""
        assert self.status == status, f"expected {status}, but {self}"
        assert self.headers["content-type"] == "application/problem+json", str(self)
        problem = self.json
        assert (problem["status"], problem["code"]) == (status, code or problem["code"]), str(self)
        return problem


class Web:
    """Sends requests to the stack and keeps the answers; none of them may be a 5xx, whatever was sent."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(retries=False, maxsize=16, timeout=30)
        self.answers: list[Answer] = []

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send exactly this; `path` may hold a query."""
        got = self._pool.request(method, self._url + path, body=body, headers=dict(headers or {}))
        named = {name.lower(): value for name, value in got.headers.items()}
        answer = Answer(f"{method} {path}", got.status, named, got.data)
        self.answers.append(answer)
        assert answer.status < 500, str(answer)
        return answer

    def close(self) -> None:
        self._pool.clear()


@dataclass(frozen=True)
class Caller:
    """Somebody with an API token, or with none."""

    web: Web
    token: str | None

    def get(self, path: str, **headers: str) -> Answer:
        return self.web.send("GET", path, None, self._headers() | _named(headers))

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return self._send("POST", path, body, headers)

    def put(self, path: str, body: object) -> Answer:
        return self._send("PUT", path, body, {})

    def delete(self, path: str) -> Answer:
        return self.web.send("DELETE", path, None, self._headers())

    def _send(self, method: str, path: str, body: object, more: Mapping[str, str]) -> Answer:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        usual = {"content-type": "application/json"}
        return self.web.send(method, path, data, self._headers() | usual | _named(more))

    def _headers(self) -> dict[str, str]:
        return {} if self.token is None else {"authorization": f"Bearer {self.token}"}


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def eventually(probe: Callable[[], T | None], what: str, within: float = PATIENCE) -> T:
    """The first true answer of `probe`; fails, saying `what` did not happen, when there is none in time."""
    deadline = time.monotonic() + within
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"within {within:g} s it did not happen: {what}")
        time.sleep(POLL_SECONDS)
