"""Help, version, opened_pages and completion."""

import pytest

from tests.unit.cli.conftest import Mosaic

ID = "01J00000000000000000000000"


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"], ["help"]])
def test_mosaic_without_arguments_prints_help(mosaic: Mosaic, arguments: list[str]) -> None:
    result = mosaic(*arguments)

    assert result.exit_code == 0
    for word in ("login", "Create, show and control jobs.", "--context", "-o"):
        assert word in result.output


@pytest.mark.parametrize("arguments", ["jobs", "jobs -h", "help jobs", "jobs --help"])
def test_group_without_command_prints_help(mosaic: Mosaic, arguments: str) -> None:
    result = mosaic(*arguments.split())

    assert result.exit_code == 0
    assert "Queue a failed or cancelled job again" in result.output


@pytest.mark.parametrize("arguments", ["jobs watch -h", "help jobs watch", "jobs watch --help"])
def test_command_prints_its_help(mosaic: Mosaic, arguments: str) -> None:
    result = mosaic(*arguments.split())

    assert result.exit_code == 0
    assert "--until" in result.output
    assert "--output" in result.output
    for left_out in ("<bool>", "--token", "--config"):
        assert left_out not in result.output


@pytest.mark.parametrize("arguments", ["-V", "--version", "jobs -V", "jobs list --version", "demo gates -V"])
def test_every_command_prints_version(mosaic: Mosaic, arguments: str) -> None:
    result = mosaic(*arguments.split())

    assert (result.exit_code, result.output) == (0, "0.1.0\n")


@pytest.mark.parametrize(
    ("wrong", "expected", "unexpected"),
    [
        ("opne", "'open'", "tokens"),
        ("job list", "'jobs'", ""),
        ("jobs lst", "'list'", ""),
        ("xyz", "See mosaic --help", "Did you mean"),
        ("help xyz", "No such command 'xyz'", "Did you mean"),
    ],
)
def test_only_similar_command_is_suggested(
    mosaic: Mosaic, wrong: str, expected: str, unexpected: str
) -> None:
    result = mosaic(*wrong.split())

    assert result.exit_code == 2
    assert expected in result.stderr
    assert not unexpected or unexpected not in result.stderr
