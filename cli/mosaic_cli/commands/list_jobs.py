"""`mosaic jobs list`: jobs filtered by status, subject and time."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.choices import JobStatus
from mosaic_cli.commands import arguments
from mosaic_cli.commands.pages import PageOptions, show_pages
from mosaic_cli.errors import WrongUsage
from mosaic_cli.framework import completion
from mosaic_cli.session import Session
from mosaic_cli.views import job as job_view


def list_jobs(
    session: Session,
    *,
    status: Annotated[
        list[JobStatus] | None,
        typer.Option(case_sensitive=False, metavar="STATUS", help="Only jobs with this status; repeatable."),
    ] = None,
    type: Annotated[
        str | None,
        typer.Option(metavar="TYPE", help="Only jobs of this type.", autocompletion=completion.types),
    ] = None,
    repository: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/NAME",
            help="Only jobs of this repository.",
            autocompletion=completion.repositories,
        ),
    ] = None,
    issue: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Only jobs of this issue of --repository.")
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option(
            metavar="ACTOR", help="Only jobs requested by this actor, for example github:ada or token:ci."
        ),
    ] = None,
    agent_task: Annotated[
        str | None, typer.Option("--agent-task-id", metavar="ID", help="Only jobs with your own id.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar=arguments.TIME, help="Created since, for example 2h, yesterday or 2026-12-01."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar=arguments.TIME, help="Created before.")] = None,
    updated_since: Annotated[str | None, typer.Option(metavar=arguments.TIME, help="Changed since.")] = None,
    page: PageOptions,
) -> None:
    """List jobs, newest first."""
    if issue is not None and repository is None:
        raise WrongUsage("--issue needs its repository: give --repository too")
    query = {
        "status": [item.value for item in status] if status else None,
        "type": type,
        "repository": repository,
        "issue": issue,
        "actor": actor,
        "agentTaskId": agent_task,
        "since": session.parse_time_option(since, "--since"),
        "until": session.parse_time_option(until, "--until"),
        "updatedSince": session.parse_time_option(updated_since, "--updated-since"),
        **page.query,
    }
    pages = session.api.pages("/runner-jobs", query)
    show_pages(session, pages, page.all_pages, lambda renderer, items: renderer.table(job_view.table(items)))
