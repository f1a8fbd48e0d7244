"""Contexts: the choice of the API and its token."""

import json
from pathlib import Path

import httpx
import pytest

from local.demo import WEBHOOK_SECRET
from mosaic.access.model import Role
from mosaic.services.seed_demo_workspace import TOKENS
from mosaic_cli.config.settings import resolve_settings
from mosaic_cli.demo import local_stack
from mosaic_cli.errors import WrongUsage
from mosaic_cli.options import Options
from tests.unit.cli.conftest import FakeApi, Mosaic

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


FIRST, SECOND, LOCAL = (
    ("https://one.test", "one-token"),
    ("https://two.test", "two-token"),
    ("http://127.0.0.1:3000", "local-admin-token"),
)


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("options", "variables", "expected"),
    [
        (Options(), {}, FIRST),
        (Options(context="two"), {}, SECOND),
        (Options(), {"MOSAIC_CONTEXT": "two"}, SECOND),
        (Options(context="one"), {"MOSAIC_CONTEXT": "two"}, FIRST),
        (Options(context="local"), {}, LOCAL),
        (Options(context="two"), {"MOSAIC_URL": "https://env.test", "MOSAIC_TOKEN": "env"}, SECOND),
        (Options(), {"MOSAIC_URL": "https://two.test"}, ("https://two.test", None)),
        (Options(context="two", url="https://one.test"), {}, ("https://one.test", None)),
        (Options(url="HTTPS://ONE.test:443/"), {}, FIRST),
        (Options(url="https://one.test.evil.test"), {}, ("https://one.test.evil.test", None)),
        (Options(url="https://one.test:8443"), {}, ("https://one.test:8443", None)),
        (Options(url="http://127.0.0.1:3100"), {}, ("http://127.0.0.1:3100", "local-admin-token")),
    ],
)
def test_context_token_is_for_its_url_only(
    environment: dict[str, str], options: Options, variables: dict[str, str], expected: tuple[str, str | None]
) -> None:
    resolved = resolve_settings(options, {**environment, **variables})
    assert (resolved.url, resolved.token) == expected


def test_default_context_is_local_demo(tmp_path: Path) -> None:
    resolved = resolve_settings(Options(), {"HOME": str(tmp_path)})
    assert (resolved.url, resolved.token, resolved.context) == (*LOCAL, "local")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"MOSAIC_URL": "http://127.0.0.1:3100"}, "local-admin-token"),
        ({"MOSAIC_URL": "http://localhost:3100"}, "local-admin-token"),
        ({"MOSAIC_URL": "http://[::1]:3100"}, "local-admin-token"),
        ({"MOSAIC_URL": "http://127.0.0.1:3100", "MOSAIC_TOKEN": "mine"}, "mine"),
        ({"MOSAIC_URL": "https://api.test"}, None),
    ],
)
def test_only_loopback_url_uses_demo_token(
    tmp_path: Path, variables: dict[str, str], expected: str | None
) -> None:
    assert resolve_settings(Options(), {"HOME": str(tmp_path), **variables}).token == expected


def test_token_without_url_is_not_sent(config: Path, environment: dict[str, str]) -> None:
    config.write_text('token = "file-token"\n')

    resolved = resolve_settings(Options(url="https://api.test"), environment)
    assert resolved.token is None
    assert "no `url` next to it" in resolved.warnings[0]


def test_demo_credentials_match_local_stack() -> None:
    assert TOKENS[local_stack.ADMIN_TOKEN] is Role.ADMIN
    assert TOKENS[local_stack.REPORTER_TOKEN] is Role.REPORTER
    assert local_stack.WEBHOOK_SECRET == WEBHOOK_SECRET


def test_refused_demo_token_suggests_login(
    mosaic: Mosaic, fake_api: FakeApi, environment: dict[str, str]
) -> None:
    environment.update(MOSAIC_URL="http://127.0.0.1:3100", MOSAIC_TOKEN="")
    fake_api.respond(httpx.Response(401, json={"detail": "unknown token", "code": "unauthorized"}))

    result = mosaic("jobs", "list")
    assert result.exit_code == 3
    assert "mosaic login" in result.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[contexts.one]\ntoken = "secret-token"', "has no url"),
        ('[contexts.one]\nurl = "https://a.test"\ntokn = "secret-token"', "`tokn`"),
        ('[contexts.one]\nurl = 7\ntoken = "secret-token"', "must be text"),
        ('contexts = "secret-token"', "must be tables"),
        ('[contexts."a b"]\nurl = "https://a.test"', "context's name"),
        ('current = "three"\n[contexts.one]\nurl = "https://a.test"', "the context 'three' does not exist"),
        ('[contexts.one]\nurl = "https://a.test"', "no context is chosen"),
    ],
)
def test_invalid_context_is_rejected(
    config: Path, environment: dict[str, str], text: str, expected: str
) -> None:
    config.write_text(text)

    with pytest.raises(WrongUsage, match=expected) as caught:
        resolve_settings(Options(), environment)
    assert "secret-token" not in str(caught.value)


@pytest.mark.usefixtures("config")
def test_context_list_omits_tokens(mosaic: Mosaic) -> None:
    result = mosaic("context", "list")

    assert [line.split("\t") for line in result.stdout.splitlines()[1:]] == [
        ["", "local", "http://127.0.0.1:3000", "yes"],
        ["*", "one", "https://one.test", "yes"],
        ["", "two", "https://two.test", "yes"],
    ]
    assert "one-token" not in mosaic("context", "list", "--json").output


def test_use_and_delete_keep_comments(config: Path, mosaic: Mosaic) -> None:
    assert mosaic("context", "use", "two").exit_code == 0
    assert mosaic("context", "delete", "one").exit_code == 0

    text = config.read_text()
    assert "# mine" in text
    assert "one-token" not in text
    assert 'current = "two"' in text
    assert config.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("config")
def test_unknown_context_is_wrong_usage(mosaic: Mosaic) -> None:
    assert [mosaic("context", verb, "three").exit_code for verb in ("use", "delete")] == [2, 2]


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
