"""`mosaic workspace`: the configuration of the token's workspace."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.errors import CommandError, Json
from mosaic_cli.framework.command import command
from mosaic_cli.framework.groups import group
from mosaic_cli.inputs.sources import read_document
from mosaic_cli.rendering.renderers import Renderer
from mosaic_cli.session import Session
from mosaic_cli.views import workspace as workspace_view

app = group()
CURRENT = "/workspaces/current"
EDIT_HEADER = """\
# The configuration of the workspace {name}. Save and close the file to apply it. Without a change, nothing is sent.
"""


@command(app, "show")
def show(session: Session) -> None:
    """Show the configuration of the token's workspace."""
    workspace = session.api.get(CURRENT)
    session.show(workspace, lambda renderer: _render(renderer, workspace))


@command(app, "edit")
def edit(session: Session) -> None:
    """Edit the configuration as YAML in $VISUAL or $EDITOR. If it is refused, your file is kept."""
    from mosaic_cli import yaml_format
    from mosaic_cli.inputs import editor

    workspace = session.api.get(CURRENT)
    before = EDIT_HEADER.format(name=workspace.get("id")) + yaml_format.dump(workspace)
    file = editor.new_file(before, ".yaml")
    try:
        text = editor.edit(file, session.runtime.environment)
    except (CommandError, KeyboardInterrupt):
        if not editor.delete_if_unchanged(file, before):
            session.note(f"the file is kept: {file}; to apply it: mosaic workspace set {file}")
        raise
    if text == before:
        file.unlink()
        session.note("nothing was changed")
        return
    try:
        changed = session.api.send("PUT", CURRENT, read_document(str(file)))
    except CommandError:
        session.note(f"your changes are in {file}; correct them, then: mosaic workspace set {file}")
        raise
    file.unlink()
    session.show(changed, lambda renderer: _render(renderer, changed))


@command(app, "set")
def replace(
    session: Session,
    *,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="JSON or YAML, such as the changed output of `show -o yaml`."),
    ],
) -> None:
    """Replace the configuration, unless it was changed by another user since it was shown."""
    changed = session.api.send("PUT", CURRENT, read_document(file))
    session.show(changed, lambda renderer: _render(renderer, changed))


def _render(renderer: Renderer, workspace: Json) -> None:
    renderer.fields(workspace_view.fields(workspace))
    for table in workspace_view.tables(workspace):
        if table.rows:
            renderer.table(table)
