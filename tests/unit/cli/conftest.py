"""The command line in a runtime of its own: an API that answers what a test says, no environment, no waiting."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from mosaic_cli.main import app
from mosaic_cli.runtime import Clock, Runtime

Answer = httpx.Response | BaseException
NOW = datetime(2026, 1, 2, 3, 14, 5, tzinfo=UTC)
Mosaic = Callable[..., Result]


@dataclass
class FakeApi:
    """Answers in the order that they were given, the last one for ever; keeps every request."""

    answers: list[Answer] = field(default_factory=lambda: [httpx.Response(200, json={})])
    requests: list[httpx.Request] = field(default_factory=list)
    by_path: dict[str, Any] = field(default_factory=dict)

    def will(self, *answers: Answer | dict[str, Any]) -> None:
        """What comes next; a plain dict is a 200."""
        self.answers = [
            httpx.Response(200, json=each) if isinstance(each, dict) else each for each in answers
        ]

    def handle_by_path(self, answers: dict[str, Any]) -> None:
        """What each path answers, however often it is asked."""
        self.by_path = answers

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path in self.by_path:
            return httpx.Response(200, json=self.by_path[request.url.path])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def asked(self) -> list[tuple[str, str, Any]]:
        """Method, path with query, and JSON body of every request."""
        return [
            (request.method, request.url.raw_path.decode(), json.loads(request.content or "null"))
            for request in self.requests
        ]


@dataclass
class Time:
    """Seconds that pass only while somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)


@pytest.fixture
def fake_api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def passing() -> Time:
    return Time()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What the command's environment is; a test may change it."""
    return {"HOME": str(tmp_path), "MOSAIC_URL": "https://api.test", "MOSAIC_TOKEN": "demo-secrettoken"}


@pytest.fixture
def pages() -> list[str]:
    """The pages that were opened in the browser."""
    return []


@pytest.fixture
def mosaic(
    fake_api: FakeApi,
    passing: Time,
    environment: dict[str, str],
    pages: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Mosaic:
    """Runs `mosaic ARGUMENTS`; `stdin` is what is piped into it, `terminal` whether a person looks on.

    `browser` is whether there is one to open pages in.
    """

    def run(
        *arguments: str,
        stdin: str | bytes = "",
        terminal: bool = False,
        columns: int = 200,
        browser: bool = True,
    ) -> Result:
        monkeypatch.setenv("COLUMNS", str(columns))

        def opened(url: str) -> bool:
            pages.append(url)
            return browser

        runtime = Runtime(
            environment=environment,
            transport=httpx.MockTransport(fake_api.handle),
            clock=passing.clock,
            terminal=terminal,
            interactive=terminal,
            now=lambda: NOW,
            open_page=opened,
        )
        return CliRunner().invoke(app, list(arguments), input=stdin, obj=runtime)

    return run
