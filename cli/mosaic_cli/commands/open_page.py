"""`mosaic open`: pages in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli import completing, ids
from mosaic_cli.api import path
from mosaic_cli.errors import NotFound
from mosaic_cli.session import Session


def open_page(
    session: Session,
    *,
    job: Annotated[
        str | None,
        typer.Argument(
            metavar="JOB",
            help="A job, whose issue or comment is opened; the service's own page unless given.",
            autocompletion=completing.jobs,
        ),
    ] = None,
) -> None:
    """Open the page of the service, or the page that a job came from.

    Without a browser its URL is printed.
    """
    url = session.settings.url + "/" if job is None else _page(session, job)
    if session.output.for_programs:
        session.show({"url": url}, lambda _: None)
    elif session.world.open_page(url):
        session.note(f"opened {url}")
    else:
        session.paper.say(url)


def _page(session: Session, said: str) -> str:
    job_id = ids.job_id(session.api, said)
    source = session.api.get(path("runner-jobs", job_id)).get("source") or {}
    url = str(source.get("url") or "")
    if not url.startswith(("https://", "http://")):
        raise NotFound(f"the job {job_id} came from no page: it was asked for by {source.get('actor')}")
    return url
