"""`mosaic events`: lists, verifies and repairs the event log of a job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from mosaic_cli.api import ids
from mosaic_cli.api.client import path
from mosaic_cli.commands import arguments
from mosaic_cli.commands.pages import show_pages
from mosaic_cli.errors import Json
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.framework.command import command
from mosaic_cli.framework.groups import group
from mosaic_cli.rendering.renderers import Renderer
from mosaic_cli.session import Session, parse_duration_option
from mosaic_cli.views import event as event_view

app = group()

# The recorder processes a repair request within seconds.
POLL_SECONDS = 2.0
POLLS = 45
REPAIRABLE = ("gap", "missing_tail")


@command(app, "list")
def list_events(
    session: Session,
    *,
    job: arguments.Job,
    after: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Only the events after this cursor.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="1-100", help="Events per page; 100 by default.")
    ] = None,
    wait: Annotated[
        str | None,
        typer.Option(metavar=arguments.DURATION, help="Wait for the first event, at most 20 s."),
    ] = None,
    all_pages: arguments.AllPages = False,
) -> None:
    """List the events of a job, oldest first."""
    log = path("runner-jobs", ids.job_id(session.api, job), "events")
    query = {"limit": limit, "wait": parse_duration_option(wait, "--wait")}
    verbose = session.options.verbose
    show_pages(
        session,
        event_pages(session, log, after, query),
        all_pages,
        lambda renderer, items: _render(renderer, items, verbose=verbose),
        cursor_option="--after",
    )


def event_pages(
    session: Session, log: str, after: str | None, query: dict[str, int | None]
) -> Iterator[Json]:
    """Yields pages up to the first empty one. An event page always has a cursor."""
    page = session.api.get(log, {**query, "after": after})
    yield page
    while page.get("items"):
        page = session.api.get(log, {**query, "wait": None, "after": page.get("cursor")})
        yield page


def _render(renderer: Renderer, items: Iterator[Json], *, verbose: bool) -> None:
    for event in items:
        renderer.line(event_view.summary(event, verbose=verbose))


@command(app, "verify")
def verify(session: Session, *, job: arguments.Job) -> ExitCode:
    """Verify the hashes of a job's event log; exit 8 if the log is incomplete or was changed."""
    result = _verify(session, ids.job_id(session.api, job))
    session.show(result, lambda renderer: renderer.fields(_fields(result)))
    return _exit_code(result)


@command(app, "repair")
def repair(
    session: Session,
    *,
    job: arguments.Job,
    reason: Annotated[
        str | None, typer.Option(help="Reason; stored with the mark of events that cannot be recovered.")
    ] = None,
) -> ExitCode:
    """Record the missing events of a job's log; exit 8 if some cannot be recovered."""
    job_id = ids.job_id(session.api, job)
    result = _verify(session, job_id)
    if _is_repairable(result):
        body = {} if reason is None else {"reason": reason}
        request = session.api.send("POST", path("runner-jobs", job_id, "events", "repair"), body)
        result = _wait_for_repair(session, job_id, str(request.get("requestedAt", "")))
    session.show(
        result, lambda renderer: renderer.fields({**_fields(result), "repair": _repair_outcome(result)})
    )
    return _exit_code(result)


def _verify(session: Session, job_id: str) -> Json:
    """Verifies the log in pages; returns the first broken page, or the last page."""
    checked, cursor = 0, None
    while True:
        page = session.api.get(path("runner-jobs", job_id, "events", "verify"), {"cursor": cursor})
        checked += int(page.get("events") or 0)
        cursor = page.get("cursor")
        if not cursor:
            return {**page, "events": checked}


def _wait_for_repair(session: Session, job_id: str, requested_at: str) -> Json:
    """Polls until the recorder has processed the request; returns the last result after POLLS tries."""
    result: Json = {}
    for _ in range(POLLS):
        session.runtime.clock.sleep(POLL_SECONDS)
        result = _verify(session, job_id)
        if (
            not _is_repairable(result)
            or str((result["broken"] or {}).get("searchedAt") or "") >= requested_at
        ):
            break
    return result


def _is_repairable(result: Json) -> bool:
    return (result.get("broken") or {}).get("kind") in REPAIRABLE


def _repair_outcome(result: Json) -> str:
    broken = result.get("broken")
    if not broken:
        return "no events are missing"
    if broken.get("kind") not in REPAIRABLE:
        return "impossible: a repair adds missing events, but cannot undo a changed or added event"
    if broken.get("searchedAt"):
        return "the missing events cannot be recovered: neither the repair queue nor the stream has them"
    return "requested; the recorder has not processed it yet"


def _fields(result: Json) -> Json:
    broken = result.get("broken") or {}
    return {
        "status": result.get("status"),
        "events": result.get("events"),
        "verified through version": result.get("version"),
        "job version": result.get("jobVersion"),
        "hashes since version": result.get("chainedSince"),
        "hash": result.get("hash"),
        "broken": broken.get("detail") and f"{broken.get('kind')}: {broken.get('detail')}",
        "searched": broken.get("searchedAt"),
    }


def _exit_code(result: Json) -> ExitCode:
    return ExitCode.LOG_BROKEN if result.get("broken") else ExitCode.OK
