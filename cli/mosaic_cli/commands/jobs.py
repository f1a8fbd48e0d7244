"""`mosaic jobs`: looking at jobs and steering them."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli import ids
from mosaic_cli.api import path
from mosaic_cli.command import command
from mosaic_cli.commands import arguments as take
from mosaic_cli.commands import events
from mosaic_cli.commands.approvals import approvals, approve, deny
from mosaic_cli.commands.create import create
from mosaic_cli.commands.events import list_events
from mosaic_cli.commands.listing import list_jobs
from mosaic_cli.commands.logs import logs
from mosaic_cli.commands.posting import brief, posted, queued, wait_timeout
from mosaic_cli.errors import Json
from mosaic_cli.exits import ExitCode
from mosaic_cli.groups import group
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session, duration
from mosaic_cli.sources import text
from mosaic_cli.views import attempt as attempt_view
from mosaic_cli.views import job as job_view
from mosaic_cli.views import usage as usage_view
from mosaic_cli.watching import Until, watch

app = group()
command(app, "create")(create)

WhyIfAny = Annotated[str | None, typer.Option(metavar="WHY", help="Why; kept with the job.")]


command(app, "list")(list_jobs)


@command(app, "show")
def show(
    session: Session,
    *,
    job: take.Job,
    full: Annotated[bool, typer.Option("--full", help="Show all of long instructions and results.")] = False,
) -> None:
    """Show a job: what is next, its gates, attempts, use and steps."""
    found = session.api.get(path("runner-jobs", ids.job_id(session.api, job)))
    session.show(found, lambda paper: _shown(paper, found, full=full))


def _shown(paper: Paper, job: Json, *, full: bool) -> None:
    paper.fields(job_view.fields(job, full=full))
    tables = (job_view.gates(job), attempt_view.table(job), usage_view.attempts(job), job_view.steps(job))
    for table in tables:
        if table.rows:
            paper.table(table)


@command(app, "watch")
def watch_job(
    session: Session,
    *,
    job: take.Job,
    until: Annotated[
        Until,
        typer.Option(
            metavar="end|validation|action",
            help="Stop at its end, once its agent is done, or once a person or a CI has to act.",
        ),
    ] = Until.END,
    timeout: Annotated[
        str | None, typer.Option(metavar=take.DURATION, help="For so long at most; exit 124 after that.")
    ] = None,
) -> ExitCode:
    """Follow a job until it is over; exit 1 if it did not become COMPLETED."""
    limit = duration(timeout, "--timeout")
    return watch(session, ids.job_id(session.api, job), until=until, limit=limit)


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
    wait_limit: take.WaitTimeout = None,
) -> ExitCode | None:
    """Queue a failed or cancelled job again, as its next attempt."""
    limit = wait_timeout(wait_limit)
    changed = None if instructions is None else text(instructions)
    job_now = posted(session, job, "retry", {"instructions": changed})
    return queued(session, job_now, wait=wait, timeout=limit)


command(app, "approvals")(approvals)
command(app, "approve")(approve)
command(app, "deny")(deny)
command(app, "events")(list_events)
command(app, "logs")(logs)
command(app, "verify")(events.verify)
command(app, "repair")(events.repair)
