"""The options that every command accepts.

The help of a command shows only its output options. `mosaic --help` shows all common options.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from mosaic_cli import __version__
from mosaic_cli.config import config_file
from mosaic_cli.config.contexts import known_contexts
from mosaic_cli.errors import WrongUsage
from mosaic_cli.options import Format

PANEL = "Options of every command"
OUTPUT_PANEL = "Output"


def complete_context(ctx: typer.Context, incomplete: str) -> list[str]:
    """Returns the context names that begin with the typed text."""
    try:
        file = config_file.read(ctx.params.get("config"), os.environ)
    except WrongUsage:
        return []
    return [name for name in known_contexts(file) if name.startswith(incomplete)]


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(__version__)
        raise typer.Exit


@dataclass(frozen=True)
class CommonOption:
    """An option of every command. `shown` includes it in the help of each command."""

    type: Any
    flags: tuple[str, ...]
    help: str
    default: Any = None
    shown: bool = False
    extra: tuple[tuple[str, Any], ...] = ()

    @property
    def annotation(self) -> Any:
        """The option as a Typer annotation."""
        option = typer.Option(
            *self.flags, help=self.help, rich_help_panel=PANEL, show_default=False, **dict(self.extra)
        )
        return Annotated[self.type, option]


COMMON_OPTIONS = {
    "url": CommonOption(str | None, ("--url",), "Base URL of the API. Default: MOSAIC_URL."),
    "token": CommonOption(
        str | None,
        ("--token",),
        "API token. Default: MOSAIC_TOKEN, which other users of the machine cannot see.",
    ),
    "context": CommonOption(
        str | None,
        ("--context",),
        "Context of the config file. Default: MOSAIC_CONTEXT.",
        extra=(("metavar", "NAME"), ("autocompletion", complete_context)),
    ),
    "config": CommonOption(
        Path | None,
        ("--config",),
        "Config file. Default: MOSAIC_CONFIG, or ~/.config/mosaic/config.toml.",
        extra=(("metavar", "FILE"),),
    ),
    "output": CommonOption(
        Format | None,
        ("--output", "-o"),
        "Print a table, the API's JSON or YAML, or ids; --json is short for -o json, -q for -o id.",
        shown=True,
        extra=(("metavar", "table|json|yaml|id"),),
    ),
    "jq": CommonOption(
        str | None,
        ("--jq",),
        "Filter the JSON by a jq expression.",
        shown=True,
        extra=(("metavar", "EXPRESSION"),),
    ),
    "json": CommonOption(bool, ("--json",), "Print the API's JSON, and problems as JSON.", default=False),
    "quiet": CommonOption(bool, ("--quiet", "-q"), "Print ids only.", default=False),
    "verbose": CommonOption(
        bool,
        ("--verbose", "-v"),
        "Show full ids and times, and all values of events.",
        default=False,
    ),
    "version": CommonOption(
        bool,
        ("--version", "-V"),
        "Show the version.",
        default=False,
        extra=(("callback", _print_version), ("is_eager", True)),
    ),
}
