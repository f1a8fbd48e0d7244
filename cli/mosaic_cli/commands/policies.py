"""`mosaic policies`: the policies of the workspace, and their recent decisions."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Renderer
from mosaic_cli.session import Session
from mosaic_cli.views import policy as policy_view


def policies(
    session: Session,
    *,
    text: Annotated[bool, typer.Option("--text", help="Show the text of the policies.")] = False,
) -> None:
    """List the policies, and the number of the newest jobs that each decided."""
    document = session.api.get("/policies")
    render = _render_texts if text else _render_table
    session.show(document, lambda renderer: render(renderer, document))


def _render_table(renderer: Renderer, document: Json) -> None:
    renderer.table(policy_view.table(document.get("items") or ()))


def _render_texts(renderer: Renderer, document: Json) -> None:
    for policy in document.get("items") or ():
        renderer.line(f"{policy.get('text')}\n")
