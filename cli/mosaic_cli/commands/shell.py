"""`mosaic completion` and `mosaic help`: what the command line says of itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mosaic_cli.exits import ExitCode
from mosaic_cli.session import Session
from mosaic_cli.shells import COMPLETE, ZSH, know_shells


class Shell(StrEnum):
    """Shells whose completion can be printed."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"
    PWSH = "pwsh"


def completion(
    session: Session,
    *,
    shell: Annotated[
        Shell, typer.Argument(metavar="bash|zsh|fish|powershell|pwsh", help="The shell that reads it.")
    ],
) -> ExitCode:
    """Print the script that completes commands and ids in a shell."""
    if shell is Shell.ZSH:
        session.out(ZSH)
        return ExitCode.OK
    from typer.completion import shell_complete

    know_shells()
    return ExitCode(shell_complete(session.root, {}, "mosaic", COMPLETE, f"source_{shell}"))


def show_help(
    session: Session,
    *,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="A command, for example jobs list.")
    ] = None,
) -> None:
    """Show what a command does and which options it takes."""
    session.root.main([*(words or ()), "--help"], prog_name="mosaic")
