"""The entry point of `mosaic` and the table of its commands."""

from __future__ import annotations

import inspect
import os
import signal
import sys
from io import TextIOWrapper
from typing import Any, NoReturn, cast

import typer

from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.framework.common_options import COMMON_OPTIONS
from mosaic_cli.framework.lazy_group import CommandTable, LazyGroup
from mosaic_cli.framework.shells import COMPLETE, register_shells

COMMANDS: CommandTable = {
    "login": ("login:login", "Check a URL and a token, and save them in the config file."),
    "whoami": ("login:whoami", "Show the API that commands use, and the identity of the token."),
    "context": ("context", "Manage contexts: a context is the URL and the token of an API."),
    "jobs": ("jobs", "Create, show and control jobs."),
    "approvals": ("approvals:approvals", "List the jobs that wait for approval, the most urgent first."),
    "dispatch": ("create:dispatch", "Dispatch a job manually, or show the decision of the guard rails."),
    "gates": ("gates", "Report the results of gates, and show the gate rules."),
    "events": ("events", "List, verify and repair the event log of a job."),
    "policies": (
        "policies:policies",
        "List the policies, and the number of the newest jobs that each decided.",
    ),
    "workspace": ("workspace", "Show, edit and replace the workspace's configuration."),
    "repositories": ("repositories", "Connect repositories, list them and rotate their secrets."),
    "tokens": ("tokens", "Create, list and revoke the workspace's API tokens."),
    "usage": ("usage:usage", "Show the tokens, time and cost of a day, and the remaining budget."),
    "redrive": (
        "redrive:redrive",
        "Redrive dead letters, and retry the jobs that failed because of them.",
    ),
    "health": ("health:health", "Check that the API answers; for admins, also the state of the gateway."),
    "open": ("open_page:open_page", "Open the page of the service, or the issue or comment of a job."),
    "demo": ("demo", "Try a local stack without a forge and without a CI."),
    "completion": ("shell:completion", "Print the shell script that completes commands and ids."),
    "help": ("shell:show_help", "Show the help of a command."),
}


class Mosaic(LazyGroup):
    """The root command."""

    table = COMMANDS


app = typer.Typer(
    name="mosaic",
    cls=Mosaic,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def mosaic(**_: Any) -> None:
    """Create, watch and control jobs for coding agents over the API of Mosaic Stitcher."""


cast("Any", mosaic).__signature__ = inspect.Signature(
    [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=option.annotation
        )
        for name, option in COMMON_OPTIONS.items()
    ]
)
app.callback()(mosaic)


def main() -> NoReturn:
    """Runs the command line and exits with an ExitCode."""
    # A live display restores the cursor on SIGTERM.
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # escapes characters it cannot encode
            stream.reconfigure(errors="backslashreplace")
    if os.environ.get(COMPLETE):
        register_shells()
    try:
        app()
    except Exception:  # noqa: BLE001 - exit 1 would mean a failed job
        import traceback

        traceback.print_exc()
        sys.exit(ExitCode.BUG)
    sys.exit(ExitCode.OK)


def _terminated(*_: Any) -> NoReturn:
    sys.exit(ExitCode.TERMINATED)
