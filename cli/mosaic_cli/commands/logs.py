"""`mosaic jobs logs`: the output and the tool calls of the agent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from mosaic_cli.api import ids
from mosaic_cli.api.client import path
from mosaic_cli.commands import arguments
from mosaic_cli.commands.events import event_pages
from mosaic_cli.errors import Json
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.session import Session
from mosaic_cli.views import agent_log
from mosaic_cli.watching import follow


def logs(
    session: Session,
    *,
    job: arguments.Job,
    follow_job: Annotated[
        bool,
        typer.Option("--follow", "-f", help="Continue until the job ends; exit 1 unless it is COMPLETED."),
    ] = False,
) -> ExitCode | None:
    """Show the output and the tool calls of the agent, oldest first. The API keeps 4 KiB of each text."""
    job_id = ids.job_id(session.api, job)
    if not follow_job:
        pages = event_pages(session, path("runner-jobs", job_id, "events"), None, {})
        _show(session, (event for page in pages for event in page.get("items") or ()))
        return None
    last: Json = {}
    for update in follow.follow(session.api, job_id, session.runtime.clock, session.note):
        last = update.job
        _show(session, iter(update.events))
    return follow.outcome(last)


def _show(session: Session, events: Iterator[Json]) -> None:
    for event in filter(agent_log.is_agent_event, events):
        if session.output.for_programs:
            session.show_in_stream(event)
        else:
            session.renderer.line(agent_log.entry(event))
