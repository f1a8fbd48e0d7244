"""Fixtures that run `mosaic` with a fake API, environment and clock."""

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

Response = httpx.Response | BaseException
NOW = datetime(2026, 1, 2, 3, 14, 5, tzinfo=UTC)
Mosaic = Callable[..., Result]
CONFIG = """\
# mine
current = "one"

[contexts.one] # the first
url = "https://one.test"
token = "one-token"

[contexts.two]
url = "https://two.test"
token = "two-token"
"""


@dataclass
class FakeApi:
    """Returns the given responses in order and repeats the last; records every request."""

    responses: list[Response] = field(default_factory=lambda: [httpx.Response(200, json={})])
    requests: list[httpx.Request] = field(default_factory=list)
    responses_by_path: dict[str, Any] = field(default_factory=dict)

    def respond(self, *responses: Response | dict[str, Any]) -> None:
        """Sets the next responses; a dict stands for a 200 with this JSON."""
        self.responses = [
            httpx.Response(200, json=item) if isinstance(item, dict) else item for item in responses
        ]

    def respond_by_path(self, responses: dict[str, Any]) -> None:
        """Sets the JSON of each path, for any number of requests."""
        self.responses_by_path = responses

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path in self.responses_by_path:
            return httpx.Response(200, json=self.responses_by_path[request.url.path])
        response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if isinstance(response, BaseException):
            raise response
        return response

    @property
    def calls(self) -> list[tuple[str, str, Any]]:
        """The method, the path with its query, and the JSON body of every request."""
        return [
            (request.method, request.url.raw_path.decode(), json.loads(request.content or "null"))
            for request in self.requests
        ]


@dataclass
class FakeClock:
    """A clock that advances only during sleep."""

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
def fake_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of the command; a test may change it."""
    return {"HOME": str(tmp_path), "MOSAIC_URL": "https://api.test", "MOSAIC_TOKEN": "demo-secrettoken"}


@pytest.fixture
def config(tmp_path: Path, environment: dict[str, str]) -> Path:
    """The user's config file. The environment sets no URL and no token."""
    for name in ("MOSAIC_URL", "MOSAIC_TOKEN"):
        del environment[name]
    path = tmp_path / ".config" / "mosaic" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(CONFIG)
    path.chmod(0o600)
    return path


@pytest.fixture
def opened_pages() -> list[str]:
    """The pages that the command opened in the browser."""
    return []


@pytest.fixture
def mosaic(
    fake_api: FakeApi,
    fake_clock: FakeClock,
    environment: dict[str, str],
    opened_pages: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Mosaic:
    """Runs `mosaic ARGUMENTS`. `stdin` is the standard input, `terminal` simulates a terminal.

    Without `browser`, no page can be opened.
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
            opened_pages.append(url)
            return browser

        runtime = Runtime(
            environment=environment,
            transport=httpx.MockTransport(fake_api.handle),
            clock=fake_clock.clock,
            terminal=terminal,
            interactive=terminal,
            now=lambda: NOW,
            open_page=opened,
        )
        return CliRunner().invoke(app, list(arguments), input=stdin, obj=runtime)

    return run
