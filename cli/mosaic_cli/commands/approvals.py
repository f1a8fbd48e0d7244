"""`mosaic approvals`: what waits for a person's yes, and the answers to it."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.commands import arguments as take
from mosaic_cli.commands.posting import brief, posted
from mosaic_cli.pages import show_pages
from mosaic_cli.session import Session
from mosaic_cli.views import approval as approval_view

Why = Annotated[str, typer.Option(help="Why; kept with the job.")]
Attempt = Annotated[
    int | None,
    typer.Option(metavar="N", help="The attempt that you looked at; refused if it is another by now."),
]


def approvals(
    session: Session,
    *,
    limit: Annotated[
        int | None, typer.Option(metavar="1-100", help="Jobs of a page; 25 unless given.")
    ] = None,
    cursor: take.Cursor = None,
    everything: take.Everything = False,
) -> None:
    """List the jobs that wait for approval, the more urgent before the older."""
    pages = session.api.pages("/approvals", {"limit": limit, "cursor": cursor})
    show_pages(session, pages, everything, lambda paper, items: paper.table(approval_view.table(items)))


def approve(
    session: Session,
    *,
    job: take.Job,
    reason: Why,
    attempt: Attempt = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="RFC3339",
            help="Until when it stands for later jobs of the profile on the repository; else for this job alone.",
        ),
    ] = None,
    capabilities: Annotated[
        list[str] | None,
        typer.Option(
            "--capability",
            metavar="RESOURCE:ACTION",
            help="What stands for later jobs; repeatable, all that is asked for unless given.",
        ),
    ] = None,
) -> None:
    """Let a job through that waits for approval."""
    scope = {"scope": "repository" if until else None, "until": until, "capabilities": capabilities or None}
    brief(session, posted(session, job, "approve", {"reason": reason, "attempt": attempt, **scope}))


def deny(session: Session, *, job: take.Job, reason: Why, attempt: Attempt = None) -> None:
    """Fail a job that waits for approval."""
    brief(session, posted(session, job, "deny", {"reason": reason, "attempt": attempt}))
