"""An HTTP client that repeats a request until it is answered."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from tests.chaos.history import History

TRIES = 20


class NoAnswerError(Exception):
    """A request was not answered in TRIES tries."""


@dataclass(frozen=True)
class Response:
    """The final response to a request."""

    status: int
    body: Mapping[str, Any]

    @property
    def is_ok(self) -> bool:
        """Returns whether the request was accepted."""
        return self.status < 300


class HttpClient:
    """Sends requests to a stack. Repeats and counts requests with a server error or without a response."""

    def __init__(self, url: str, history: History, connections: int) -> None:
        self._url, self._history = url, history
        self._pool = urllib3.PoolManager(retries=False, timeout=30, maxsize=connections)

    def request_until_answered(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Response:
        """Returns the first response without a server error. Raises NoAnswerError after TRIES."""
        for wait in _waits():
            time.sleep(wait)
            try:
                response = self._pool.request(method, self._url + path, body=body, headers=headers)
            except urllib3.exceptions.HTTPError:
                self._history.count("unanswered")
                continue
            if response.status < 500 and response.status != 429:
                return Response(response.status, json.loads(response.data))
            self._history.count("unanswered")
        raise NoAnswerError(f"{method} {path} was not answered in {TRIES} tries")


def _waits() -> Iterator[float]:
    yield 0.0
    for tried in range(TRIES - 1):
        yield min(2.0, 0.1 * 2.0**tried)
