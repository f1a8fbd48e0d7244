"""Command and group classes: shared options, help without arguments, suggestions for misspelt commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from mosaic_cli.framework import option_values
from mosaic_cli.framework.common_options import COMMON_OPTIONS, OUTPUT_PANEL

# The key of `ctx.meta` that holds the values of the common options.
COMMON_VALUES = "mosaic_cli.common_values"
# With the default of 0.6, `open` would match `tokens`.
SIMILARITY = 0.7


class Command(TyperCommand):
    """A command that also accepts the common options, which the root defines."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Returns the options and arguments, with `--help` last."""
        *own, help_option = super().get_params(ctx)
        root = ctx.find_root().command
        common = [_for_command(option) for option in root.params if option.name in COMMON_OPTIONS]
        return _hide_flag_types([*own, *common, help_option])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses the options and returns the remaining arguments."""
        with _plain_errors():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Calls the function with its own parameters; the common ones go to `ctx.meta`."""
        ctx.meta[COMMON_VALUES] = {
            name: ctx.params.pop(name) for name in COMMON_OPTIONS if name in ctx.params
        }
        return super().invoke(ctx)


class Group(TyperGroup):
    """A group of commands."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Returns the options, including `--help`."""
        params = super().get_params(ctx)
        if ctx.parent is not None:
            root = ctx.find_root().command
            params += [_for_command(option) for option in root.params if option.name == "version"]
        return _hide_flag_types(params)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses the options; without arguments it shows the help and exits with 0."""
        with _plain_errors():
            rest = super().parse_args(ctx, args if args or ctx.resilient_parsing else ["--help"])
        if ctx.parent is not None:
            ctx.params.pop("version", None)
        return rest

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Returns the command that the first argument names, or fails with similar names."""
        if (
            not ctx.resilient_parsing
            and self.get_command(ctx, args[0]) is None
            and not args[0].startswith("-")
        ):
            similar = get_close_matches(args[0], list(self.commands), cutoff=SIMILARITY)
            advice = (
                f" Did you mean {' or '.join(map(repr, similar))}?"
                if similar
                else f" See {ctx.command_path} --help."
            )
            ctx.fail(f"No such command {args[0]!r}.{advice}")
        return super().resolve_command(ctx, args)


def group() -> typer.Typer:
    """Returns a new group. The callback keeps it a group even with a single command."""
    return typer.Typer(cls=Group, add_completion=False, callback=lambda: None)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Rewords errors of values that pydantic validates for Typer."""
    try:
        yield
    except typer.BadParameter as error:
        error.message = option_values.message(error)
        raise


def _for_command(root_option: Any) -> Any:
    """Returns a copy of a root option for a command's help, where most are hidden."""
    option = copy(root_option)
    option.hidden = not COMMON_OPTIONS[option.name].shown
    option.rich_help_panel = OUTPUT_PANEL
    return option


def _hide_flag_types(params: list[Any]) -> list[Any]:
    """Returns the parameters; the help shows no type for a flag."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params
