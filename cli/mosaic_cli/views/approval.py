"""Requested, given and standing approvals as text and tables."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.rendering.text import line
from mosaic_cli.rendering.values import Id, Timestamp, as_text, utc_minute


def table(items: Iterable[Json]) -> Table:
    """Returns a row per job that waits for approval."""
    headers = ("ID", "CAPABILITIES", "REQUESTED BY", "UNTIL", "PROFILE", "REPOSITORY", "TEXT", "INSTRUCTIONS")
    drop = ("TEXT", "PROFILE", "REPOSITORY", "UNTIL", "REQUESTED BY")
    return Table(headers, (_row(job) for job in items), drop=drop)


def _row(job: Json) -> tuple[object, ...]:
    request = job.get("approvalRequest") or {}
    return (
        Id(job.get("id")),
        ", ".join(request.get("capabilities") or ()),
        ", ".join(request.get("requestedBy") or ()),
        Timestamp(request.get("until")),
        job.get("profile"),
        as_text(job.get("repository")),
        as_text(request.get("textHash")).removeprefix("sha256:")[:12],
        line(job.get("instructions") or "", 80),
    )


def answer(job: Json) -> str | None:
    """Returns the approval or denial of a job, with its actor and reason."""
    approval = job.get("approval") or {}
    if not approval:
        return None
    action = "approved" if approval.get("approved") else "denied"
    return f"{action} by {approval.get('actor')}{_standing(approval)}: {approval.get('reason')}"


def _standing(approval: Json) -> str:
    capabilities = ", ".join(approval.get("standing") or ())
    return f" ({capabilities} until {utc_minute(approval['until'])})" if approval.get("until") else ""


def standing_table(items: Iterable[Json]) -> Table:
    """Returns a row per standing approval."""
    headers = ("PROFILE", "CAPABILITY", "REPOSITORY", "BRANCH", "PATHS", "UNTIL", "APPROVED BY", "REASON")
    rows = [
        (
            *(as_text(approval.get(name)) for name in ("profile", "capability", "repository", "branch")),
            ", ".join(approval.get("paths") or ()),
            Timestamp(approval.get("until")),
            approval.get("approvedBy"),
            line(approval.get("reason") or "", 80),
        )
        for approval in items
    ]
    return Table(headers, rows, title="Standing approvals")


def applied(guard: Json) -> str:
    """Returns a line per standing approval that a decision applied."""
    return "\n".join(
        f"{approval.get('capability')}: approved by {approval.get('approvedBy')}"
        f" until {utc_minute(approval.get('until'))}"
        for approval in guard.get("standing") or ()
    )
