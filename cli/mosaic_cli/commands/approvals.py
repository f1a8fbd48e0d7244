"""`mosaic approvals`: what waits for a person's yes, and the answers to it."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.commands import arguments as take
from mosaic_cli.commands.posting import brief, posted
from mosaic_cli.pages import show_pages
from mosaic_cli.session import Session
from mosaic_cli.views import approval as approval_view

Why = Annotated[str, typer.Option(metavar="WHY", help="Why; kept with the job.")]
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
    """List the jobs that wait for approval, the most urgent first."""
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
            metavar=take.TIME,
            help="Until when it stands for later jobs of the profile on the repository, for example 2026-12-01 or"
            " 7 days; else for this job alone.",
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
    ends = session.time(until, "--until", ahead=True)
    scope = {"scope": "repository" if ends else None, "until": ends, "capabilities": capabilities or None}
    brief(session, posted(session, job, "approve", {"reason": reason, "attempt": attempt, **scope}))


def deny(session: Session, *, job: take.Job, reason: Why, attempt: Attempt = None) -> None:
    """Fail a job that waits for approval."""
    brief(session, posted(session, job, "deny", {"reason": reason, "attempt": attempt}))
