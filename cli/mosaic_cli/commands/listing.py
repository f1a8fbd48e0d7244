"""`mosaic jobs list`: jobs by what they are about and when they were created."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli import completing
from mosaic_cli.commands import arguments as take
from mosaic_cli.errors import WrongUsage
from mosaic_cli.pages import show_pages
from mosaic_cli.session import Session
from mosaic_cli.views import job as job_view
from mosaic_cli.words import JobStatus


def list_jobs(
    session: Session,
    *,
    status: Annotated[
        list[JobStatus] | None,
        typer.Option(case_sensitive=False, metavar="STATUS", help="Only these; repeatable."),
    ] = None,
    type: Annotated[
        str | None,
        typer.Option(metavar="TYPE", help="Only of this type.", autocompletion=completing.types),
    ] = None,
    repository: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/NAME", help="Only of this repository.", autocompletion=completing.repositories
        ),
    ] = None,
    issue: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Only of this issue of --repository.")
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option(metavar="ACTOR", help="Only asked for by, for example github:ada or token:ci."),
    ] = None,
    agent_task: Annotated[
        str | None, typer.Option("--agent-task-id", metavar="ID", help="Only with this id of yours.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar=take.TIME, help="Created since, for example 2h, yesterday or 2026-12-01."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar=take.TIME, help="Created before.")] = None,
    updated_since: Annotated[str | None, typer.Option(metavar=take.TIME, help="Changed since.")] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="1-100", help="Jobs of a page; 25 unless given.")
    ] = None,
    cursor: take.Cursor = None,
    everything: take.Everything = False,
) -> None:
    """List jobs, newest first."""
    if issue is not None and repository is None:
        raise WrongUsage("--issue needs the repository that it belongs to: give --repository too")
    query = {
        "status": [each.value for each in status] if status else None,
        "type": type,
        "repository": repository,
        "issue": issue,
        "actor": actor,
        "agentTaskId": agent_task,
        "since": session.time(since, "--since"),
        "until": session.time(until, "--until"),
        "updatedSince": session.time(updated_since, "--updated-since"),
        "limit": limit,
        "cursor": cursor,
    }
    pages = session.api.pages("/runner-jobs", query)
    show_pages(session, pages, everything, lambda paper, items: paper.table(job_view.table(items)))
