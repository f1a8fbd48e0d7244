"""`mosaic usage`: what the workspace's runs of a day have used."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.session import Session
from mosaic_cli.views.usage import day as shown


def usage(
    session: Session,
    *,
    day: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="A day in UTC; today unless given.")
    ] = None,
) -> None:
    """Show tokens, time and cost of the runs that ended on a day, and what is left of the budget."""
    found = session.api.get("/workspaces/current/usage", {"day": day})
    session.show(found, lambda paper: paper.fields(shown(found)))
