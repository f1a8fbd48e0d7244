"""`mosaic redrive`: redrives dead letters."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.api.client import without_none
from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.rendering.values import Id
from mosaic_cli.session import Session


def redrive(
    session: Session,
    *,
    limit: Annotated[
        int | None, typer.Option(metavar="1-100", help="Maximum number of messages; 25 by default.")
    ] = None,
) -> None:
    """Redrive dead letters, and retry the jobs that failed because of them."""
    result = session.api.send("POST", "/dead-letters/redrive", without_none({"limit": limit}))
    session.show(result, lambda renderer: renderer.table(_table(result)))


def _table(result: Json) -> Table:
    rows = [
        (Id(item.get("jobId")), item.get("outcome"), item.get("reason")) for item in result.get("items") or ()
    ]
    return Table(("JOB", "OUTCOME", "REASON"), rows)
