"""Contexts: the choice of the API and its token."""

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
