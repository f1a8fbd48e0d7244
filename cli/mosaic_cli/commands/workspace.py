"""`mosaic workspace`: the configuration of the token's workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.command import command
from mosaic_cli.errors import Json
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session
from mosaic_cli.sources import document
from mosaic_cli.views import access as access_view

app = typer.Typer(no_args_is_help=True, help="Look at the workspace's configuration and replace it.")
CURRENT = "/workspaces/current"


@command(app, "show")
def show(session: Session) -> None:
    """Show the configuration of the token's workspace."""
    found = session.api.get(CURRENT)
    session.show(found, lambda paper: _shown(paper, found))


@command(app, "set")
def replace(
    session: Session,
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="JSON as `show --json` gives it, with changes.")
    ],
) -> None:
    """Replace the configuration, unless somebody else has changed it since it was shown."""
    changed = session.api.send("PUT", CURRENT, document(file))
    session.show(changed, lambda paper: _shown(paper, changed))


def _shown(paper: Paper, workspace: Json) -> None:
    paper.fields(access_view.workspace(workspace))
    for table in access_view.workspace_tables(workspace):
        if table.rows:
            paper.table(table)
