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
        str | None,
        typer.Option(
            metavar="DAY", help="A day in UTC, such as yesterday or 2026-12-01; today unless given."
        ),
    ] = None,
) -> None:
    """Show the tokens, time and cost of a day, and what is left of the budget.

    A run counts on the day in UTC on which it ended.
    """
    began = session.time(day, "--day")
    found = session.api.get("/workspaces/current/usage", {"day": began and began[:10]})
    session.show(found, lambda paper: paper.fields(shown(found)))
