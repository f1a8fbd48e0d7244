"""The command `mosaic`: every family of commands in one tree."""

from __future__ import annotations

import signal
import sys
import traceback
from io import TextIOWrapper
from typing import Annotated, Any, NoReturn

import typer

from mosaic_cli.command import AsJson, Config, Token, Url, command
from mosaic_cli.commands import events, gates, jobs, tokens, workspace
from mosaic_cli.commands.approvals import approvals
from mosaic_cli.commands.create import dispatch
from mosaic_cli.commands.policies import policies
from mosaic_cli.commands.redrive import redrive
from mosaic_cli.commands.usage import usage
from mosaic_cli.exits import ExitCode
from mosaic_cli.session import Session
from mosaic_cli.views import service as service_view

app = typer.Typer(name="mosaic", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(jobs.app, name="jobs")
app.add_typer(events.app, name="events")
app.add_typer(gates.app, name="gates")
app.add_typer(tokens.app, name="tokens")
app.add_typer(workspace.app, name="workspace")
command(app, "dispatch")(dispatch)
command(app, "redrive")(redrive)
command(app, "approvals")(approvals)
command(app, "policies")(policies)
command(app, "usage")(usage)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("mosaic-stitcher"))
        raise typer.Exit


@app.callback()
def mosaic(
    url: Url = None,
    token: Token = None,
    config: Config = None,
    json: AsJson = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Jobs for coding agents: create, watch and steer them over the API of Mosaic Stitcher."""


@command(app, "health")
def health(session: Session) -> None:
    """Ask whether the API answers; an admin's token, if there is one, shows how the gateway does."""
    answer = session.api.send("GET", "/health", anyone=True)
    session.show(answer, lambda paper: paper.fields(service_view.health(answer)))


def main() -> NoReturn:
    """Run the command line and exit, see ExitCode."""
    # Ended from outside, a live display still gives the cursor back.
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what it cannot encode is better escaped than a crash
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except Exception:  # noqa: BLE001 - a mistake of ours must not look like a failed job
        traceback.print_exc()
        sys.exit(ExitCode.BUG)
    sys.exit(ExitCode.OK)


def _terminated(*_: Any) -> NoReturn:
    sys.exit(ExitCode.TERMINATED)
