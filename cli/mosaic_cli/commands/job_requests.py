"""Changing a job: the request to the API, and the job as it answers it."""

from __future__ import annotations

from collections.abc import Mapping

from mosaic_cli import ids
from mosaic_cli.api import path
from mosaic_cli.errors import Json
from mosaic_cli.exits import ExitCode
from mosaic_cli.session import Session, duration
from mosaic_cli.views import job as job_view
from mosaic_cli.watching import watch


def posted(session: Session, job: str, what: str, fields: Mapping[str, object]) -> Json:
    """The job after `what` was done to it, with those of the fields that are given."""
    said = {name: value for name, value in fields.items() if value is not None}
    return session.api.send("POST", path("runner-jobs", ids.job_id(session.api, job), what), said)


def brief(session: Session, job: Json) -> None:
    """Which job it is and where it stands."""
    session.show(job, lambda paper: paper.fields(job_view.brief(job)))


def queued(session: Session, job: Json, *, wait: bool, timeout: int | None) -> ExitCode | None:
    """Show a job that was just queued, or watch it to its end, for `timeout` seconds at most."""
    if wait or timeout is not None:
        session.note(f"job {job.get('id')}")
        return watch(session, str(job.get("id")), limit=timeout)
    brief(session, job)
    return None


def wait_timeout(said: str | None) -> int | None:
    """The seconds of `--wait-timeout`. Raises WrongUsage."""
    return duration(said, "--wait-timeout")
