"""`mosaic login` and `mosaic whoami`."""

import json
from pathlib import Path

import httpx
import pytest

from tests.unit.cli.conftest import CONFIG, FakeApi, Mosaic

ME = {
    "workspaceId": "acme",
    "role": "admin",
    "actor": "token:ci",
    "tokenId": "t1",
    "tokenName": "ci",
    "permissions": ["jobs:read", "jobs:write"],
    "gates": [],
    "expiresAt": None,
}


@pytest.mark.parametrize(
    ("arguments", "stdin", "terminal"),
    [
        ("login", "https://new.test\nnew-token\n", True),
        ("login --url https://new.test", "new-token\n", True),
        ("login --url HTTPS://New.test/ --token-stdin", "new-token\n", False),
        ("login --url https://new.test --token new-token", "", False),
    ],
)
def test_login_checks_and_saves_context(
    config: Path, mosaic: Mosaic, fake_api: FakeApi, arguments: str, stdin: str, terminal: bool
) -> None:
    fake_api.respond(ME)

    result = mosaic(*arguments.split(), stdin=stdin, terminal=terminal)

    assert result.exit_code == 0
    assert "new-token" not in result.output
    (request,) = fake_api.requests
    assert (str(request.url), request.headers["authorization"]) == ("https://new.test/me", "Bearer new-token")
    assert config.stat().st_mode & 0o777 == 0o600
    assert "# the first" in config.read_text()
    mosaic("jobs", "list")
    assert str(fake_api.requests[-1].url) == "https://new.test/runner-jobs"


def test_login_creates_private_file(tmp_path: Path, mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(ME)
    path = tmp_path / "new" / "config.toml"

    mosaic("login", "--url", "https://new.test", "--token", "t", "--context", "work", "--config", str(path))

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().startswith('current = "work"\n')


@pytest.mark.parametrize(
    ("arguments", "answer", "code"),
    [
        ("login --url https://new.test --token t", httpx.Response(401, json={"detail": "no"}), 3),
        ("login --url https://new.test --token t", httpx.ConnectError("refused"), 7),
        ("login --url http://new.test --token t", ME, 2),
        ("login --url https://new.test", ME, 2),
        ("login", ME, 2),
        ("login --url https://new.test --token-stdin", ME, 2),
        ("login --url https://new.test --token t --context a/b", ME, 2),
    ],
)
def test_failed_login_changes_nothing(
    config: Path, mosaic: Mosaic, fake_api: FakeApi, arguments: str, answer: httpx.Response, code: int
) -> None:
    fake_api.respond(answer)

    assert mosaic(*arguments.split()).exit_code == code
    assert config.read_text() == CONFIG


def test_login_keeps_context_of_other_api(config: Path, mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({**ME, "workspaceId": "one"})

    assert "--context NAME" in mosaic("login", "--url", "https://new.test", "--token", "t").stderr
    assert config.read_text() == CONFIG


def test_whoami_shows_api_and_identity(
    mosaic: Mosaic, fake_api: FakeApi, environment: dict[str, str]
) -> None:
    environment.update(MOSAIC_URL="http://127.0.0.1:3000", MOSAIC_TOKEN="")
    fake_api.respond(ME)

    lines = mosaic("whoami").stdout.splitlines()
    assert lines[:5] == [
        "context: local",
        "url: http://127.0.0.1:3000",
        "token from: the token of the demo, for this machine only",
        "workspace: acme",
        "role: admin",
    ]
    assert json.loads(mosaic("whoami", "--json").stdout) == ME
