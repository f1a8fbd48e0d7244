"""`mosaic workspace`: the configuration of the token's workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.command import command
from mosaic_cli.errors import CommandError, Json
from mosaic_cli.groups import group
from mosaic_cli.output import as_yaml
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session
from mosaic_cli.sources import document
from mosaic_cli.views import access as access_view

app = group()
CURRENT = "/workspaces/current"
EDIT_HEADER = """\
# The configuration of the workspace {name}. Save and close to apply it; without a change nothing happens.
"""


@command(app, "show")
def show(session: Session) -> None:
    """Show the configuration of the token's workspace."""
    found = session.api.get(CURRENT)
    session.show(found, lambda paper: _shown(paper, found))


@command(app, "edit")
def edit(session: Session) -> None:
    """Edit the configuration as YAML in $VISUAL or $EDITOR; a file that is refused is kept."""
    from mosaic_cli import editor

    found = session.api.get(CURRENT)
    before = EDIT_HEADER.format(name=found.get("id")) + as_yaml(found)
    file = editor.new_file(before, ".yaml")
    try:
        text = editor.edit(file, session.world.environment)
    except (CommandError, KeyboardInterrupt):
        if not editor.discarded(file, before):
            session.note(f"the file is kept: {file}; to apply it: mosaic workspace set {file}")
        raise
    if text == before:
        file.unlink()
        session.note("nothing was changed")
        return
    try:
        changed = session.api.send("PUT", CURRENT, document(str(file)))
    except CommandError:
        session.note(f"your changes are in {file}; mend them, then: mosaic workspace set {file}")
        raise
    file.unlink()
    session.show(changed, lambda paper: _shown(paper, changed))


@command(app, "set")
def replace(
    session: Session,
    *,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="JSON or YAML as `show -o yaml` gives it, with changes."),
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
