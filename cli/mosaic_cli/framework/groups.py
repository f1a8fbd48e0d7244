"""How commands are grouped: help without arguments is no error, and a wrong name gets a close one only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from mosaic_cli import option_values
from mosaic_cli.common import COMMON, OUTPUT

# Where a context keeps what was said of the options of every command.
GIVEN = "mosaic_cli.given"
# The usual 0.6 takes `open` for `tokens`.
LIKENESS = 0.7


class Command(TyperCommand):
    """A command. It has the options of every command, which are made once, at the root."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options and arguments, `--help` among them."""
        *own, help_option = super().get_params(ctx)
        common = [_of_a_command(each) for each in ctx.find_root().command.params if each.name in COMMON]
        return _without_types([*own, *common, help_option])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments that are left once the options are read."""
        with _plain_errors():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """The function's result; it gets its own parameters only, the others are in `ctx.meta`."""
        ctx.meta[GIVEN] = {name: ctx.params.pop(name) for name in COMMON if name in ctx.params}
        return super().invoke(ctx)


class Group(TyperGroup):
    """A group of commands."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, `--help` among them."""
        params = super().get_params(ctx)
        if ctx.parent is not None:
            root = ctx.find_root().command
            params += [_of_a_command(each) for each in root.params if each.name == "version"]
        return _without_types(params)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments; `--help` where there are none, which ends with 0."""
        with _plain_errors():
            rest = super().parse_args(ctx, args if args or ctx.resilient_parsing else ["--help"])
        if ctx.parent is not None:
            ctx.params.pop("version", None)
        return rest

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named first, or an error that names those that are spelt almost so."""
        if (
            not ctx.resilient_parsing
            and self.get_command(ctx, args[0]) is None
            and not args[0].startswith("-")
        ):
            close = get_close_matches(args[0], list(self.commands), cutoff=LIKENESS)
            meant = (
                f" Did you mean {' or '.join(map(repr, close))}?"
                if close
                else f" See {ctx.command_path} --help."
            )
            ctx.fail(f"No such command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)


def group() -> typer.Typer:
    """A group of commands, which stays one when it has a single command."""
    return typer.Typer(cls=Group, add_completion=False, callback=lambda: None)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Reword the errors of values that Typer has pydantic check."""
    try:
        yield
    except typer.BadParameter as error:
        error.message = option_values.message(error)
        raise


def _of_a_command(option: Any) -> Any:
    """The root's option as a command has it: most are left out of its help."""
    own = copy(option)
    own.hidden = not COMMON[option.name].shown
    own.rich_help_panel = OUTPUT
    return own


def _without_types(params: list[Any]) -> list[Any]:
    """The parameters; a flag shows no type in the help."""
    for each in params:
        if getattr(each, "is_flag", False):
            each.metavar = ""
    return params
