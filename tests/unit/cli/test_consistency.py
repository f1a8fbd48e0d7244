"""The command line agrees with the service, the reference page and its own help."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main

from api.schemas.jobs import ReportGate
from mosaic.access.model import STORED_ROLES
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.states import JobStatus
from mosaic_cli import choices
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.main import COMMANDS as MAIN_TABLE
from mosaic_cli.main import app
from mosaic_cli.watching import follow

PAGE = Path("docs/reference/cli.md").read_text()


def commands(command: Any, name: str = "mosaic") -> Iterator[tuple[str, Any]]:
    """Yields every command with its full name."""
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield name, command
    for item in subcommands or {}:
        _, inner_command, _ = command.resolve_command(
            command.make_context(item, [item], resilient_parsing=True), [item]
        )
        yield from commands(inner_command, f"{name} {item}")


ROOT = typer.main.get_command(app)
COMMANDS = dict(commands(ROOT))


def test_job_statuses_match_service() -> None:
    assert set(map(str, choices.JobStatus)) == set(map(str, JobStatus))
    assert set(follow.ENDED) == set(ENDED)


def test_gate_reports_match_service() -> None:
    assert set(map(str, choices.GateReport)) == set(get_args(ReportGate.model_fields["status"].annotation))


def test_roles_match_service() -> None:
    assert set(map(str, choices.Role)) == set(map(str, STORED_ROLES))


def test_reference_lists_every_command() -> None:
    output = re.findall(r"^\| `(mosaic [a-z ]*[a-z])", PAGE, re.MULTILINE)
    assert sorted(output) == sorted(COMMANDS)


def test_reference_lists_every_exit_code() -> None:
    output = {
        int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.*) \|$", PAGE, re.MULTILINE)
    }
    assert output == {code.value: code.meaning for code in ExitCode}


def test_every_command_and_option_has_help() -> None:
    without_help = [
        f"{name} {option.name}"
        for name, command in COMMANDS.items()
        for option in command.params
        if not option.help
    ]
    assert (without_help, [name for name, command in COMMANDS.items() if not command.help]) == ([], [])


def test_start_imports_no_optional_module() -> None:
    code = "import sys, mosaic_cli.main; print(*sys.modules)"
    result = subprocess.run(  # noqa: S603 - constant
        [sys.executable, "-c", code], cwd="cli", capture_output=True, text=True, check=True
    )

    assert not {"httpx", "rich", "mosaic", "boto3", "yaml", "tomlkit", "jq"} & set(result.stdout.split())


@pytest.mark.parametrize("name", [name for name, (target, _) in MAIN_TABLE.items() if ":" in target])
def test_overview_matches_command_help(name: str) -> None:
    assert COMMANDS[f"mosaic {name}"].help.split("\n\n")[0] == MAIN_TABLE[name][1]
