"""`mosaic usage`: the workspace's usage of a day."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.session import Session
from mosaic_cli.views import usage as usage_view


def usage(
    session: Session,
    *,
    day: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="A day in UTC, such as yesterday or 2026-12-01; today by default."),
    ] = None,
) -> None:
    """Show the tokens, time and cost of a day, and the remaining budget.

    A run counts on the UTC day on which it ended.
    """
    start = session.parse_time_option(day, "--day")
    document = session.api.get("/workspaces/current/usage", {"day": start and start[:10]})
    session.show(document, lambda renderer: renderer.fields(usage_view.day(document)))
