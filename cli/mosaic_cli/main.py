"""The command `mosaic`: every family of commands in one tree."""

from __future__ import annotations

import inspect
import os
import signal
import sys
from io import TextIOWrapper
from typing import Any, NoReturn, cast

import typer

from mosaic_cli.common import COMMON
from mosaic_cli.exits import ExitCode
from mosaic_cli.lazy import LazyGroup, Table
from mosaic_cli.shells import COMPLETE, know_shells

COMMANDS: Table = {
    "login": ("login:login", "Check a URL and a token, and keep them in the config file."),
    "whoami": ("login:whoami", "Show which API commands are sent to, and as whom."),
    "context": ("context", "Choose between several APIs: each context is a URL and its token."),
    "jobs": ("jobs", "Look at jobs and steer them."),
    "approvals": ("approvals:approvals", "List the jobs that wait for approval, the most urgent first."),
    "dispatch": ("create:dispatch", "Dispatch a job by hand, or see what the rails would decide."),
    "gates": ("gates", "Report what a job's gates have found, and show the rules that they come from."),
    "events": ("events", "List, check and mend the log of a job."),
    "policies": ("policies:policies", "List the policies, and how many of the newest jobs each decided."),
    "workspace": ("workspace", "Look at the workspace's configuration, edit it and replace it."),
    "tokens": ("tokens", "Make, list and revoke the workspace's API tokens."),
    "usage": ("usage:usage", "Show the tokens, time and cost of a day, and what is left of the budget."),
    "redrive": ("redrive:redrive", "Put back messages that failed, and retry the jobs that failed for them."),
    "health": ("service:health", "Ask whether the API answers; for admins, how the gateway does."),
    "open": ("browse:open_page", "Open the page of the service, or the page that a job came from."),
    "demo": ("demo", "Try out a stack on this machine, without a forge and without a CI."),
    "completion": ("shell:completion", "Print the script that completes commands and ids in a shell."),
    "help": ("shell:show_help", "Show what a command does and which options it takes."),
}


class Mosaic(LazyGroup):
    """The root of the tree."""

    table = COMMANDS


app = typer.Typer(
    name="mosaic",
    cls=Mosaic,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def mosaic(**_: Any) -> None:
    """Jobs for coding agents: create, watch and steer them over the API of Mosaic Stitcher."""


cast("Any", mosaic).__signature__ = inspect.Signature(
    [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=each.annotation
        )
        for name, each in COMMON.items()
    ]
)
app.callback()(mosaic)


def main() -> NoReturn:
    """Run the command line and exit, see ExitCode."""
    # Ended from outside, a live display still gives the cursor back.
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what it cannot encode is better escaped than a crash
            stream.reconfigure(errors="backslashreplace")
    if os.environ.get(COMPLETE):
        know_shells()
    try:
        app()
    except Exception:  # noqa: BLE001 - a mistake of ours must not look like a failed job
        import traceback

        traceback.print_exc()
        sys.exit(ExitCode.BUG)
    sys.exit(ExitCode.OK)


def _terminated(*_: Any) -> NoReturn:
    sys.exit(ExitCode.TERMINATED)
