"""`mosaic jobs`: commands that show and control jobs."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.api import ids
from mosaic_cli.api.client import path
from mosaic_cli.commands import arguments, events
from mosaic_cli.commands.approvals import approvals, approve, deny
from mosaic_cli.commands.create import create
from mosaic_cli.commands.events import list_events
from mosaic_cli.commands.job_requests import WaitOptions, post_action, show_or_watch, show_summary
from mosaic_cli.commands.list_jobs import list_jobs
from mosaic_cli.commands.logs import logs
from mosaic_cli.errors import Json
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.framework.command import command
from mosaic_cli.framework.groups import group
from mosaic_cli.inputs.sources import read_text
from mosaic_cli.rendering.renderers import Renderer
from mosaic_cli.session import Session, parse_duration_option
from mosaic_cli.views import attempt as attempt_view
from mosaic_cli.views import job as job_view
from mosaic_cli.views import usage as usage_view
from mosaic_cli.watching.watch import Until, watch

app = group()
# The help lists the commands in the order of registration.
command(app, "create")(create)
command(app, "list")(list_jobs)


@command(app, "show")
def show(
    session: Session,
    *,
    job: arguments.Job,
    full: Annotated[bool, typer.Option("--full", help="Show long instructions and results in full.")] = False,
) -> None:
    """Show a job: its next step, gates, attempts, usage and steps."""
    document = session.api.get(path("runner-jobs", ids.job_id(session.api, job)))
    session.show(document, lambda renderer: _render(renderer, document, full=full))


def _render(renderer: Renderer, job: Json, *, full: bool) -> None:
    renderer.fields(job_view.fields(job, full=full))
    tables = (job_view.gates(job), attempt_view.table(job), usage_view.attempts(job), job_view.steps(job))
    for table in tables:
        if table.rows:
            renderer.table(table)


@command(app, "watch")
def watch_job(
    session: Session,
    *,
    job: arguments.Job,
    until: Annotated[
        Until,
        typer.Option(
            metavar="end|validation|action",
            help="Stop when the job ends, when its agent is done, or when a person or a CI has to act.",
        ),
    ] = Until.END,
    timeout: Annotated[
        str | None,
        typer.Option(metavar=arguments.DURATION, help="Watch for at most this long; then exit 124."),
    ] = None,
) -> ExitCode:
    """Watch a job until it ends; exit 1 unless it is COMPLETED."""
    limit = parse_duration_option(timeout, "--timeout")
    return watch(session, ids.job_id(session.api, job), until=until, limit=limit)


@command(app, "cancel")
def cancel(
    session: Session,
    *,
    job: arguments.Job,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Reason; stored with the job.")] = None,
) -> None:
    """Cancel a job. A running agent is stopped."""
    show_summary(session, post_action(session, job, "cancel", {"reason": reason}))


@command(app, "retry")
def retry(
    session: Session,
    *,
    job: arguments.Job,
    instructions: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT|@FILE|-", help="New instructions for the next attempt; - reads standard input."
        ),
    ] = None,
    waiting: WaitOptions,
) -> ExitCode | None:
    """Queue a failed or cancelled job again, as its next attempt."""
    limit = waiting.limit()
    text = None if instructions is None else read_text(instructions)
    changed = post_action(session, job, "retry", {"instructions": text})
    return show_or_watch(session, changed, wait=waiting.wait, limit=limit)


command(app, "approvals")(approvals)
command(app, "approve")(approve)
command(app, "deny")(deny)
command(app, "events")(list_events)
command(app, "logs")(logs)
command(app, "verify")(events.verify)
command(app, "repair")(events.repair)
