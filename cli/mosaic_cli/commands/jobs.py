"""`mosaic jobs`: looking at jobs and steering them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from mosaic_cli.api import path
from mosaic_cli.command import command
from mosaic_cli.commands import arguments as take
from mosaic_cli.commands.approvals import approve, deny
from mosaic_cli.commands.create import create, queued
from mosaic_cli.commands.posting import brief, posted
from mosaic_cli.errors import Json
from mosaic_cli.exits import ExitCode
from mosaic_cli.pages import show_pages
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session
from mosaic_cli.sources import text
from mosaic_cli.views import event as event_view
from mosaic_cli.views import job as job_view
from mosaic_cli.views import usage as usage_view
from mosaic_cli.watching import watch
from mosaic_cli.words import JobStatus

app = typer.Typer(no_args_is_help=True, help="Look at jobs and steer them.")
command(app, "create")(create)

WhyIfAny = Annotated[str | None, typer.Option(help="Why; kept with the job.")]


@command(app, "list")
def list_jobs(
    session: Session,
    *,
    status: Annotated[
        list[JobStatus] | None, typer.Option(case_sensitive=False, help="Only these; repeatable.")
    ] = None,
    type: Annotated[str | None, typer.Option(help="Only of this type.")] = None,
    agent_task: Annotated[
        str | None, typer.Option("--agent-task-id", help="Only with this id of yours.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="1-100", help="Jobs of a page; 25 unless given.")
    ] = None,
    cursor: take.Cursor = None,
    everything: take.Everything = False,
) -> None:
    """List jobs, newest first."""
    query = {
        "status": [each.value for each in status] if status else None,
        "type": type,
        "agentTaskId": agent_task,
        "limit": limit,
        "cursor": cursor,
    }
    pages = session.api.pages("/runner-jobs", query)
    show_pages(session, pages, everything, lambda paper, items: paper.table(job_view.table(items)))


@command(app, "show")
def show(session: Session, *, job: take.Job) -> None:
    """Show a job with its gates and steps."""
    found = session.api.get(path("runner-jobs", job))
    session.show(found, lambda paper: _shown(paper, found))


def _shown(paper: Paper, job: Json) -> None:
    paper.fields(job_view.fields(job))
    for table in (job_view.gates(job), usage_view.attempts(job), job_view.steps(job)):
        if table.rows:
            paper.table(table)


@command(app, "watch")
def watch_job(session: Session, *, job: take.Job) -> ExitCode:
    """Follow a job until it is over; exit 1 if it did not become COMPLETED."""
    return watch(session, job)


@command(app, "events")
def events(
    session: Session,
    *,
    job: take.Job,
    after: Annotated[str | None, typer.Option(metavar="CURSOR", help="Only what came after.")] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="1-100", help="Events of a page; 100 unless given.")
    ] = None,
    wait: Annotated[int | None, typer.Option(metavar="0-20", help="Seconds to wait for a first one.")] = None,
    everything: take.Everything = False,
) -> None:
    """List what has happened to a job, oldest first."""
    pages = _event_pages(session, path("runner-jobs", job, "events"), after, {"limit": limit, "wait": wait})
    show_pages(session, pages, everything, _event_lines, more="--after")


def _event_pages(
    session: Session, log: str, after: str | None, query: dict[str, int | None]
) -> Iterator[Json]:
    """Pages up to the first empty one: the cursor of events never ends, since more may happen."""
    page = session.api.get(log, {**query, "after": after})
    yield page
    while page.get("items"):
        page = session.api.get(log, {**query, "wait": None, "after": page.get("cursor")})
        yield page


def _event_lines(paper: Paper, items: Iterator[Json]) -> None:
    for event in items:
        paper.say(event_view.told(event))


@command(app, "cancel")
def cancel(session: Session, *, job: take.Job, reason: WhyIfAny = None) -> None:
    """Cancel a job; a run under way is stopped."""
    brief(session, posted(session, job, "cancel", {"reason": reason}))


@command(app, "retry")
def retry(
    session: Session,
    *,
    job: take.Job,
    instructions: Annotated[
        str | None,
        typer.Option(metavar="TEXT|@FILE|-", help="What to do differently; - reads standard input."),
    ] = None,
    wait: take.Wait = False,
) -> ExitCode | None:
    """Queue a failed or cancelled job again, as its next attempt."""
    changed = None if instructions is None else text(instructions)
    return queued(session, posted(session, job, "retry", {"instructions": changed}), wait)


command(app, "approve")(approve)
command(app, "deny")(deny)
