"""`mosaic approvals`, `mosaic jobs approve` and `deny`: jobs that wait for approval."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.commands import arguments
from mosaic_cli.commands.job_requests import post_action, show_summary
from mosaic_cli.commands.pages import PageOptions, show_pages
from mosaic_cli.session import Session
from mosaic_cli.views import approval as approval_view

Reason = Annotated[str, typer.Option(metavar="TEXT", help="Reason; stored with the job.")]
Attempt = Annotated[
    int | None,
    typer.Option(metavar="N", help="Attempt that you reviewed; refused if the job has a newer one."),
]


def approvals(session: Session, *, page: PageOptions) -> None:
    """List the jobs that wait for approval, the most urgent first."""
    pages = session.api.pages("/approvals", page.query)
    show_pages(
        session, pages, page.all_pages, lambda renderer, items: renderer.table(approval_view.table(items))
    )


def approve(
    session: Session,
    *,
    job: arguments.Job,
    reason: Reason,
    attempt: Attempt = None,
    text_hash: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            help="Hash of the agent's text that you reviewed, from `mosaic jobs show`; refused if the agent would get"
            " another text.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar=arguments.TIME,
            help="Also approve later jobs of the profile on the repository until this time, for example 2026-12-01"
            " or 7 days; by default only this job.",
        ),
    ] = None,
    capabilities: Annotated[
        list[str] | None,
        typer.Option(
            "--capability",
            metavar="RESOURCE:ACTION",
            help="A capability to approve for later jobs; repeatable, all requested ones by default.",
        ),
    ] = None,
) -> None:
    """Approve a job that waits for approval."""
    end = session.parse_time_option(until, "--until", ahead=True)
    scope = {"scope": "repository" if end else None, "until": end, "capabilities": capabilities or None}
    show_summary(
        session,
        post_action(
            session, job, "approve", {"reason": reason, "attempt": attempt, "textHash": text_hash, **scope}
        ),
    )


def deny(session: Session, *, job: arguments.Job, reason: Reason, attempt: Attempt = None) -> None:
    """Deny a job that waits for approval; the job fails."""
    show_summary(session, post_action(session, job, "deny", {"reason": reason, "attempt": attempt}))
