"""The options of every command. A command's own help shows those of its output; `mosaic --help` shows all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from mosaic_cli import config, config_file
from mosaic_cli.errors import WrongUsage
from mosaic_cli.options import Format

PANEL = "Options of every command"
OUTPUT = "Output"


def context_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """The contexts that begin so, for completion."""
    try:
        file = config_file.read(ctx.params.get("config"), os.environ)
    except WrongUsage:
        return []
    return [name for name in config.contexts(file) if name.startswith(incomplete)]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("mosaic-stitcher"))
        raise typer.Exit


@dataclass(frozen=True)
class Common:
    """An option of every command: its type and default, its help, and whether a command's own help shows it."""

    type: Any
    flags: tuple[str, ...]
    help: str
    default: Any = None
    shown: bool = False
    more: tuple[tuple[str, Any], ...] = ()

    @property
    def annotation(self) -> Any:
        """The option as Typer declares it."""
        option = typer.Option(
            *self.flags, help=self.help, rich_help_panel=PANEL, show_default=False, **dict(self.more)
        )
        return Annotated[self.type, option]


COMMON = {
    "url": Common(str | None, ("--url",), "Base URL of the API, else MOSAIC_URL."),
    "token": Common(
        str | None, ("--token",), "API token, else MOSAIC_TOKEN, which other users of the machine do not see."
    ),
    "context": Common(
        str | None,
        ("--context",),
        "Context of the config file, else MOSAIC_CONTEXT.",
        more=(("metavar", "NAME"), ("autocompletion", context_names)),
    ),
    "config": Common(
        Path | None,
        ("--config",),
        "Config file, else MOSAIC_CONFIG, else ~/.config/mosaic/config.toml.",
        more=(("metavar", "FILE"),),
    ),
    "output": Common(
        Format | None,
        ("--output", "-o"),
        "Print a table, the API's JSON or YAML, or ids; --json is short for -o json, -q for -o id.",
        shown=True,
        more=(("metavar", "table|json|yaml|id"),),
    ),
    "jq": Common(
        str | None,
        ("--jq",),
        "Filter the JSON by a jq expression.",
        shown=True,
        more=(("metavar", "EXPRESSION"),),
    ),
    "json": Common(bool, ("--json",), "Print the API's JSON, and problems as JSON.", default=False),
    "quiet": Common(bool, ("--quiet", "-q"), "Print ids only.", default=False),
    "verbose": Common(
        bool,
        ("--verbose", "-v"),
        "Show ids and times in full, and everything of events.",
        default=False,
    ),
    "version": Common(
        bool,
        ("--version", "-V"),
        "Show the version.",
        default=False,
        more=(("callback", _version), ("is_eager", True)),
    ),
}
