"""`mosaic events`: a job's log, whether it is what was saved, and what can be done if not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from mosaic_cli import ids
from mosaic_cli.api import path
from mosaic_cli.command import command
from mosaic_cli.commands import arguments as take
from mosaic_cli.errors import Json
from mosaic_cli.exits import ExitCode
from mosaic_cli.groups import group
from mosaic_cli.pages import show_pages
from mosaic_cli.paper import Paper
from mosaic_cli.session import Session, duration
from mosaic_cli.views import event as event_view

app = group()

# The recorder takes a request up within seconds.
POLL_SECONDS = 2.0
POLLS = 45
REPAIRABLE = ("gap", "missing_tail")


@command(app, "list")
def list_events(
    session: Session,
    *,
    job: take.Job,
    after: Annotated[str | None, typer.Option(metavar="CURSOR", help="Only what came after.")] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="1-100", help="Events of a page; 100 unless given.")
    ] = None,
    wait: Annotated[
        str | None, typer.Option(metavar=take.DURATION, help="Wait for a first one, 20 s at most.")
    ] = None,
    everything: take.Everything = False,
) -> None:
    """List what has happened to a job, oldest first."""
    log = path("runner-jobs", ids.job_id(session.api, job), "events")
    query = {"limit": limit, "wait": duration(wait, "--wait")}
    verbose = session.options.verbose
    show_pages(
        session,
        pages_of(session, log, after, query),
        everything,
        lambda paper, items: _lines(paper, items, verbose=verbose),
        more="--after",
    )


def pages_of(session: Session, log: str, after: str | None, query: dict[str, int | None]) -> Iterator[Json]:
    """Pages up to the first empty one: the cursor of events never ends, since more may happen."""
    page = session.api.get(log, {**query, "after": after})
    yield page
    while page.get("items"):
        page = session.api.get(log, {**query, "wait": None, "after": page.get("cursor")})
        yield page


def _lines(paper: Paper, items: Iterator[Json], *, verbose: bool) -> None:
    for event in items:
        paper.say(event_view.told(event, verbose=verbose))


@command(app, "verify")
def verify(session: Session, *, job: take.Job) -> ExitCode:
    """Recompute the hashes of a job's log, to its end; exit 8 if it is not what was saved."""
    found = _verified(session, ids.job_id(session.api, job))
    session.show(found, lambda paper: paper.fields(_fields(found)))
    return _code(found)


@command(app, "repair")
def repair(
    session: Session,
    *,
    job: take.Job,
    reason: Annotated[str | None, typer.Option(help="Why; kept with the mark of what cannot be had.")] = None,
) -> ExitCode:
    """Have what is missing in a job's log recorded; says what cannot be known, and exits 8 then."""
    job_id = ids.job_id(session.api, job)
    found = _verified(session, job_id)
    if _is_open(found):
        said = {} if reason is None else {"reason": reason}
        asked = session.api.send("POST", path("runner-jobs", job_id, "events", "repair"), said)
        found = _repaired(session, job_id, str(asked.get("askedAt", "")))
    session.show(found, lambda paper: paper.fields({**_fields(found), "repair": _outcome(found)}))
    return _code(found)


def _verified(session: Session, job: str) -> Json:
    """What the last piece of the log was found to be: the first that is broken, or its end."""
    looked, cursor = 0, None
    while True:
        page = session.api.get(path("runner-jobs", job, "events", "verify"), {"cursor": cursor})
        looked += int(page.get("events") or 0)
        cursor = page.get("cursor")
        if not cursor:
            return {**page, "events": looked}


def _repaired(session: Session, job: str, asked_at: str) -> Json:
    """The log once the recorder has been at it; as it is then when that takes too long."""
    found: Json = {}
    for _ in range(POLLS):
        session.world.clock.sleep(POLL_SECONDS)
        found = _verified(session, job)
        if not _is_open(found) or str((found["broken"] or {}).get("searchedAt") or "") >= asked_at:
            break
    return found


def _is_open(found: Json) -> bool:
    return (found.get("broken") or {}).get("kind") in REPAIRABLE


def _outcome(found: Json) -> str:
    broken = found.get("broken")
    if not broken:
        return "nothing is missing"
    if broken.get("kind") not in REPAIRABLE:
        return "a repair only adds what is missing: what was changed or added cannot be mended"
    if broken.get("searchedAt"):
        return (
            "what happened in it cannot be known: neither what was set aside nor the stream has it any more"
        )
    return "asked for; the recorder has not come to it yet"


def _fields(found: Json) -> Json:
    broken = found.get("broken") or {}
    return {
        "status": found.get("status"),
        "events": found.get("events"),
        "good through version": found.get("version"),
        "job version": found.get("jobVersion"),
        "hashes since version": found.get("chainedSince"),
        "hash": found.get("hash"),
        "broken": broken.get("detail") and f"{broken.get('kind')}: {broken.get('detail')}",
        "searched for": broken.get("searchedAt"),
    }


def _code(found: Json) -> ExitCode:
    return ExitCode.LOG_BROKEN if found.get("broken") else ExitCode.OK
