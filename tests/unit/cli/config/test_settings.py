"""The sources of the URL and the token, and the protection of the token."""

from pathlib import Path

import pytest

from mosaic_cli.config.settings import resolve_settings
from mosaic_cli.errors import WrongUsage
from mosaic_cli.options import Options
from tests.unit.cli.conftest import FakeApi, Mosaic


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """A config file in the default folder."""
    path = tmp_path / ".config" / "mosaic" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('url = "https://file.test/"\ntoken = "file-token"\n')
    path.chmod(0o600)
    return path


@pytest.mark.usefixtures("config_file")
@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        (Options(), {}, ("https://file.test", "file-token")),
        (Options(), {"MOSAIC_TOKEN": "env-token"}, ("https://file.test", "env-token")),
        (Options(), {"MOSAIC_URL": "https://env.test", "MOSAIC_TOKEN": "t"}, ("https://env.test", "t")),
        (Options(token="flag"), {"MOSAIC_TOKEN": "env"}, ("https://file.test", "flag")),
        (
            Options(url="http://127.0.0.1:3000/", token="f"),
            {"MOSAIC_URL": "x"},
            ("http://127.0.0.1:3000", "f"),
        ),
    ],
)
def test_flags_override_environment_and_file(
    tmp_path: Path, options: Options, environment: dict[str, str], expected: tuple[str, str]
) -> None:
    resolved = resolve_settings(options, {"HOME": str(tmp_path), **environment})

    assert (resolved.url, resolved.token, resolved.warnings) == (*expected, ())


def test_options_work_before_and_after_command(mosaic: Mosaic, fake_api: FakeApi) -> None:
    mosaic("--url", "https://outer.test", "--token", "outer", "jobs", "list", "--token", "inner")

    (request,) = fake_api.requests
    assert (request.url.host, request.headers["authorization"]) == ("outer.test", "Bearer inner")


@pytest.mark.usefixtures("config_file")
def test_file_token_is_not_sent_to_other_url(tmp_path: Path) -> None:
    resolved = resolve_settings(Options(url="https://other.test"), {"HOME": str(tmp_path)})

    assert resolved.token is None
    assert "is for another URL" in resolved.warnings[0]


def test_config_file_can_be_chosen(config_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('url = "https://other.test"\n')
    xdg = {"XDG_CONFIG_HOME": str(config_file.parent.parent)}

    assert resolve_settings(Options(config=other), xdg).url == "https://other.test"
    assert resolve_settings(Options(), {**xdg, "MOSAIC_CONFIG": str(other)}).url == "https://other.test"
    assert resolve_settings(Options(), xdg).url == "https://file.test"


def test_readable_config_file_gives_warning(config_file: Path, tmp_path: Path) -> None:
    config_file.chmod(0o640)

    assert "chmod 600" in resolve_settings(Options(), {"HOME": str(tmp_path)}).warnings[0]


def test_unencrypted_token_needs_permission() -> None:
    options = Options(url="http://api.test", token="t")
    with pytest.raises(WrongUsage, match="unencrypted"):
        resolve_settings(options, {})
    assert resolve_settings(options, {"MOSAIC_ALLOW_HTTP": "1"}).warnings == (
        "the token is sent unencrypted",
    )
    assert resolve_settings(Options(url="http://api.test"), {}).warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        'tokn = "file-token"',
        "token = 7",
        'token = "file-token',
        'url = "https://me:file-token@file.test"',
        'url = "file.test"',
        'url = "https://file.test:x"',
        'url = "https://file.test"\ntoken = "file-token\\n"',
    ],
)
def test_config_file_error_omits_token(config_file: Path, tmp_path: Path, text: str) -> None:
    config_file.write_text(text)

    with pytest.raises(WrongUsage) as caught:
        resolve_settings(Options(), {"HOME": str(tmp_path)})
    assert "file-token" not in str(caught.value)


def test_missing_token_prints_hint(mosaic: Mosaic, environment: dict[str, str]) -> None:
    del environment["MOSAIC_TOKEN"]
    result = mosaic("jobs", "list")

    assert result.exit_code == 3
    assert "mosaic login" in result.stderr
    assert "MOSAIC_TOKEN" in result.stderr


def test_token_is_never_printed(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(RuntimeError("a mistake in the command"))
    failed = mosaic("jobs", "list")
    text = repr(Options(token="demo-secrettoken")) + repr(
        resolve_settings(Options("https://a.test", "demo-secrettoken"), {})
    )

    assert "secrettoken" not in failed.output + text
