"""The root group, which imports a command when it is called. This keeps the start of `mosaic` fast."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand

from mosaic_cli.framework.groups import Group

CommandTable = Mapping[str, tuple[str, str]]
"""By command name: `module` of a group or `module:function` of a command, and a line of help."""


class LazyGroup(Group):
    """A group of commands in `mosaic_cli.commands`. A subclass sets the `table` of its commands."""

    table: CommandTable

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, (_, help_text) in self.table.items():
            self.add_command(TyperCommand(name=name, help=help_text))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Imports and returns the command that the first argument names."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, (self.load(name) if command is not None else None), rest

    def load(self, name: str) -> Any:
        """Imports and returns the command or group of this name."""
        target, help_text = self.table[name]
        module_name, _, function = target.partition(":")
        module = import_module(f"mosaic_cli.commands.{module_name}")
        if not function:
            group = typer.main.get_command(module.app)
            group.help = help_text
            return group
        from mosaic_cli.framework.command import command

        app = typer.Typer(add_completion=False)
        command(app, name)(getattr(module, function))
        return typer.main.get_command(app)
