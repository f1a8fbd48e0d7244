"""`mosaic open`: pages in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from mosaic_cli.api import ids
from mosaic_cli.api.client import path
from mosaic_cli.errors import NotFound
from mosaic_cli.framework import completion
from mosaic_cli.session import Session


def open_page(
    session: Session,
    *,
    job: Annotated[
        str | None,
        typer.Argument(
            metavar="JOB",
            help="Job whose issue or comment is opened; the page of the service by default.",
            autocompletion=completion.jobs,
        ),
    ] = None,
) -> None:
    """Open the page of the service, or the issue or comment of a job.

    Without a browser, the command prints the URL.
    """
    url = session.settings.url + "/" if job is None else _source_url(session, job)
    if session.output.for_programs:
        session.show({"url": url}, lambda _: None)
    elif session.runtime.open_page(url):
        session.note(f"opened {url}")
    else:
        session.renderer.line(url)


def _source_url(session: Session, job: str) -> str:
    job_id = ids.job_id(session.api, job)
    source = session.api.get(path("runner-jobs", job_id)).get("source") or {}
    url = str(source.get("url") or "")
    if not url.startswith(("https://", "http://")):
        raise NotFound(f"the job {job_id} has no source page: it was created by {source.get('actor')}")
    return url
