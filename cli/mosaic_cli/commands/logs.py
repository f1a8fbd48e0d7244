"""`mosaic jobs logs`: what the agent said, and which tools it called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from mosaic_cli import follow, ids
from mosaic_cli.api import path
from mosaic_cli.commands import arguments as take
from mosaic_cli.commands.events import pages_of
from mosaic_cli.errors import Json
from mosaic_cli.exits import ExitCode
from mosaic_cli.session import Session
from mosaic_cli.views import agent_log


def logs(
    session: Session,
    *,
    job: take.Job,
    following: Annotated[
        bool,
        typer.Option("--follow", "-f", help="Go on until the job is over; exit 1 if it is not COMPLETED."),
    ] = False,
) -> ExitCode | None:
    """Show what the agent said and which tools it called, oldest first; the API keeps 4 KiB of each text."""
    job_id = ids.job_id(session.api, job)
    if not following:
        pages = pages_of(session, path("runner-jobs", job_id, "events"), None, {})
        _show(session, (event for page in pages for event in page.get("items") or ()))
        return None
    last: Json = {}
    for sighting in follow.follow(session.api, job_id, session.world.clock, session.note):
        last = sighting.job
        _show(session, iter(sighting.events))
    return follow.outcome(last)


def _show(session: Session, events: Iterator[Json]) -> None:
    for event in filter(agent_log.is_of_agent, events):
        if session.output.for_programs:
            for text in session.output.one_of_many(event):
                session.out(text)
        else:
            session.paper.say(agent_log.entry(event))
