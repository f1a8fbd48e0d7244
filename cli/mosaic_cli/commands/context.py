"""`mosaic context`: the APIs in the config file, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from mosaic_cli.config import config_file, config_writer
from mosaic_cli.config.config_file import ConfigFile
from mosaic_cli.config.contexts import choose_context, known_contexts
from mosaic_cli.errors import Json, WrongUsage
from mosaic_cli.framework.command import command
from mosaic_cli.framework.common_options import complete_context
from mosaic_cli.framework.groups import group
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.session import Session

app = group()
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the context.", autocompletion=complete_context)
]


@command(app, "list")
def list_contexts(session: Session) -> None:
    """List the contexts; the current one is marked."""
    file = _config_file(session)
    items = _items(file, session.runtime.environment)
    session.show({"items": items, "cursor": None}, lambda renderer: renderer.table(_table(items)))


@command(app, "use")
def use(session: Session, *, name: Name) -> None:
    """Make a context the current one."""
    file = _config_file(session)
    context = choose_context(file, name)
    config_writer.use(file.path, name)
    session.note(f"now using {name}: {context.url if context else ''}")


@command(app, "delete")
def delete(session: Session, *, name: Name) -> None:
    """Delete a context and its token from the config file. The token stays valid until it is revoked."""
    file = _config_file(session)
    if name not in file.contexts:
        raise WrongUsage(f"{file.path} has no context {name!r}")
    config_writer.delete(file.path, name)
    session.note(f"deleted {name}; its token stays valid until it is revoked")


def _config_file(session: Session) -> ConfigFile:
    return config_file.read(session.options.config, session.runtime.environment)


def _items(file: ConfigFile, environment: Mapping[str, str]) -> list[Json]:
    current = choose_context(file, environment.get("MOSAIC_CONTEXT"))
    return [
        {
            "id": name,
            "url": context.url,
            "token": bool(context.token) or name not in file.contexts,
            "current": current is not None and current.name == name,
        }
        for name, context in sorted(known_contexts(file).items())
    ]


def _table(items: list[Json]) -> Table:
    rows = [
        ("*" if item["current"] else "", item["id"], item["url"], "yes" if item["token"] else "no")
        for item in items
    ]
    return Table(("CURRENT", "NAME", "URL", "TOKEN"), rows)
