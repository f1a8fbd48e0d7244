"""Completion scripts, and completion of values from the API."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from mosaic_cli.framework.shells import register_shells
from mosaic_cli.main import app
from mosaic_cli.runtime import Runtime
from tests.unit.cli.conftest import FakeApi

ID = "01J00000000000000000000000"


@pytest.mark.parametrize(
    ("shell", "sign"),
    [
        ("bash", "complete -o default"),
        ("zsh", "#compdef mosaic"),
        ("fish", "complete --command mosaic"),
        ("pwsh", "Register-ArgumentCompleter"),
    ],
)
def test_completion_prints_script_of_shell(shell: str, sign: str, tmp_path: Path) -> None:
    """The script does not depend on the running shell. A new process is needed because Typer registers shells
    once.
    """
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "SHELL": "/bin/tcsh"}
    command = [sys.executable, "-m", "mosaic_cli", "completion", shell]
    result = subprocess.run(command, cwd="cli", env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - this interpreter

    assert sign in result.stdout
    assert result.stdout.startswith("#compdef mosaic\n") is (shell == "zsh"), "zsh reads the first line only"
    assert "_MOSAIC_COMPLETE" in result.stdout


JOBS = {
    "items": [
        {
            "id": ID,
            "status": "RUNNING",
            "type": "review",
            "repository": "acme/shop",
            "gates": [{"id": "lint"}],
        },
        {"id": "01K00000000000000000000000", "status": "FAILED", "type": "code-task"},
        {
            "id": "$(touch x)",
            "status": "RUNNING",
            "type": "`id`",
            "repository": "a'; id",
            "gates": [{"id": '"x'}],
        },
    ]
}


@pytest.fixture
def complete(fake_api: FakeApi, environment: dict[str, str]) -> Any:
    """Returns the values that bash offers for an unfinished command line."""

    register_shells()

    def values(line: str) -> list[str]:
        result = CliRunner().invoke(
            app,
            prog_name="mosaic",
            env={"_MOSAIC_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))},
            obj=Runtime(environment, httpx.MockTransport(fake_api.handle)),
        )
        assert not result.stderr
        return result.stdout.split()

    return values


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mosaic jobs show ", ["@last", ID, "01K00000000000000000000000"]),
        ("mosaic jobs show 01J", [ID]),
        ("mosaic gates report l", ["lint"]),
        ("mosaic jobs list --type ", ["code-task", "review"]),
        ("mosaic jobs list --repository ", ["acme/shop"]),
        ("mosaic jobs list --status c", ["COMPLETED", "CANCELLED"]),
        ("mosaic jobs list -o ", ["table", "json", "yaml", "id"]),
        ("mosaic --context ", ["local"]),
        ("mosaic context u", ["use"]),
        ("mosaic wh", ["whoami"]),
    ],
)
def test_values_complete_from_the_api(
    fake_api: FakeApi, complete: Any, line: str, expected: list[str]
) -> None:
    fake_api.respond_by_path({"/runner-jobs": JOBS})
    fake_api.respond(httpx.Response(403, json={"detail": "for admins"}))

    assert complete(line) == expected


@pytest.mark.parametrize("answer", [httpx.ConnectError("refused"), httpx.Response(500), httpx.Response(401)])
def test_completion_after_error_is_silent(fake_api: FakeApi, complete: Any, answer: Any) -> None:
    fake_api.respond(answer)

    assert complete("mosaic jobs show ") == []
    assert complete("mosaic jobs list --type ") == []


def test_completion_request_times_out_in_1_s(fake_api: FakeApi, complete: Any) -> None:
    fake_api.respond(JOBS)

    complete("mosaic jobs show ")
    assert fake_api.requests[0].extensions["timeout"] == dict.fromkeys(
        ("connect", "read", "write", "pool"), 1.0
    )
