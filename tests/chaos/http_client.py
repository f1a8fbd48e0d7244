"""Somebody who insists: a request is sent again until it is answered."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from tests.chaos.history import Ledger

TRIES = 20


class NoAnswerError(Exception):
    """A request was not answered, however often it was sent."""


@dataclass(frozen=True)
class Answer:
    """What a request was answered in the end."""

    status: int
    body: Mapping[str, Any]

    @property
    def is_ok(self) -> bool:
        """Whether it was taken."""
        return self.status < 300


class Web:
    """Asks a stack over HTTP. Failures of the server and answers that do not come are asked again, and counted."""

    def __init__(self, url: str, ledger: Ledger, connections: int) -> None:
        self._url, self._ledger = url, ledger
        self._pool = urllib3.PoolManager(retries=False, timeout=30, maxsize=connections)

    def insist(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer that is not a failure of the server; raises NoAnswerError after TRIES."""
        for wait in _waits():
            time.sleep(wait)
            try:
                answer = self._pool.request(method, self._url + path, body=body, headers=headers)
            except urllib3.exceptions.HTTPError:
                self._ledger.count("unanswered")
                continue
            if answer.status < 500 and answer.status != 429:
                return Answer(answer.status, json.loads(answer.data))
            self._ledger.count("unanswered")
        raise NoAnswerError(f"{method} {path} was not answered in {TRIES} tries")


def _waits() -> Iterator[float]:
    yield 0.0
    for tried in range(TRIES - 1):
        yield min(2.0, 0.1 * 2.0**tried)
