"""What waits for approval, and what was approved, as text."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.paper import Table
from mosaic_cli.text import line
from mosaic_cli.views.value import Id, Moment, minute, shown


def table(items: Iterable[Json]) -> Table:
    """A line per job that waits: what it asks for, who asked, and until when an answer counts."""
    headers = ("ID", "ASKS FOR", "ASKED BY", "UNTIL", "PROFILE", "REPOSITORY", "INSTRUCTIONS")
    drop = ("PROFILE", "REPOSITORY", "UNTIL", "ASKED BY")
    return Table(headers, (_row(job) for job in items), drop=drop)


def _row(job: Json) -> tuple[object, ...]:
    asked = job.get("asked") or {}
    return (
        Id(job.get("id")),
        ", ".join(asked.get("capabilities") or ()),
        ", ".join(asked.get("by") or ()),
        Moment(asked.get("until")),
        job.get("profile"),
        shown(job.get("repository")),
        line(job.get("instructions") or "", 80),
    )


def answer(job: Json) -> str | None:
    """Who answered the job, and why."""
    given = job.get("approval") or {}
    if not given:
        return None
    said = "approved" if given.get("approved") else "denied"
    return f"{said} by {given.get('actor')}{_lasting(given)}: {given.get('reason')}"


def _lasting(given: Json) -> str:
    names = ", ".join(given.get("standing") or ())
    return f" ({names} until {minute(given['until'])})" if given.get("until") else ""


def standing(items: Iterable[Json]) -> list[tuple[object, ...]]:
    """A row per standing approval."""
    return [
        (
            *(shown(one.get(name)) for name in ("profile", "capability", "repository", "branch")),
            ", ".join(one.get("paths") or ()),
            Moment(one.get("until")),
            one.get("approvedBy"),
            line(one.get("reason") or "", 80),
        )
        for one in items
    ]


def counted(guard: Json) -> str:
    """A line per standing approval that counted in a decision."""
    return "\n".join(
        f"{one.get('capability')}: approved by {one.get('approvedBy')} until {minute(one.get('until'))}"
        for one in guard.get("standing") or ()
    )
