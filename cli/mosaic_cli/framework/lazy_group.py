"""Commands that are loaded once they are asked for: starting and helping must not wait for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand

from mosaic_cli.groups import Group

# Where a command is, as `module` for a group or `module:function`, and its help in one line.
Table = Mapping[str, tuple[str, str]]


class LazyGroup(Group):
    """The root of the tree. A subclass names the `table` of its commands."""

    table: Table

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, (_, told) in self.table.items():
            self.add_command(TyperCommand(name=name, help=told))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is named first, loaded."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, (self.load(name) if command is not None else None), rest

    def load(self, name: str) -> Any:
        """The command of this name with all that is below it."""
        place, told = self.table[name]
        module_name, _, function = place.partition(":")
        module = import_module(f"mosaic_cli.commands.{module_name}")
        if not function:
            group = typer.main.get_command(module.app)
            group.help = told
            return group
        from mosaic_cli.command import command

        alone = typer.Typer(add_completion=False)
        command(alone, name)(getattr(module, function))
        return typer.main.get_command(alone)
