"""`mosaic completion` and `mosaic help`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.framework.shells import COMPLETE, ZSH, register_shells
from mosaic_cli.session import Session


class Shell(StrEnum):
    """A shell with a completion script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"
    PWSH = "pwsh"


def completion(
    session: Session,
    *,
    shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish|powershell|pwsh", help="The shell.")],
) -> ExitCode:
    """Print the shell script that completes commands and ids."""
    if shell is Shell.ZSH:
        session.print_line(ZSH)
        return ExitCode.OK
    from typer.completion import shell_complete

    register_shells()
    return ExitCode(shell_complete(session.root, {}, "mosaic", COMPLETE, f"source_{shell}"))


def show_help(
    session: Session,
    *,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="Name of a command, for example jobs list.")
    ] = None,
) -> None:
    """Show the help of a command."""
    session.root.main([*(names or ()), "--help"], prog_name="mosaic")
