"""`mosaic policies`: what decides in the workspace, and how often it did lately."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.errors import Json
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session
from mosaic_cli.views import policy as policy_view


def policies(
    session: Session,
    *,
    text: Annotated[bool, typer.Option("--text", help="Show the policies themselves.")] = False,
) -> None:
    """List the policies, and how many of the newest jobs each decided."""
    found = session.api.get("/policies")
    session.show(found, lambda paper: _texts(paper, found) if text else _listed(paper, found))


def _listed(paper: Paper, found: Json) -> None:
    paper.table(policy_view.table(found.get("items") or ()))


def _texts(paper: Paper, found: Json) -> None:
    for policy in found.get("items") or ():
        paper.say(f"{policy.get('text')}\n")
