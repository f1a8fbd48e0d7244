"""`mosaic redrive`: messages that were set aside are put back."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.errors import Json
from mosaic_cli.paper import Table
from mosaic_cli.session import Session
from mosaic_cli.views.value import Id


def redrive(
    session: Session,
    *,
    limit: Annotated[
        int | None, typer.Option(metavar="1-100", help="Messages at most; 25 unless given.")
    ] = None,
) -> None:
    """Put back messages that failed, and retry the jobs that failed for them."""
    asked = {} if limit is None else {"limit": limit}
    found = session.api.send("POST", "/dead-letters/redrive", asked)
    session.show(found, lambda paper: paper.table(_table(found)))


def _table(found: Json) -> Table:
    rows = [
        (Id(each.get("jobId")), each.get("outcome"), each.get("reason")) for each in found.get("items") or ()
    ]
    return Table(("JOB", "OUTCOME", "REASON"), rows)
