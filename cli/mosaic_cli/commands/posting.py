"""Changing a job: what is said to the API, and the job as it answers it."""

from __future__ import annotations

from collections.abc import Mapping

from mosaic_cli.api import path
from mosaic_cli.errors import Json
from mosaic_cli.session import Session
from mosaic_cli.views import job as job_view


def posted(session: Session, job: str, what: str, fields: Mapping[str, object]) -> Json:
    """The job after `what` was done to it, with those of the fields that are given."""
    said = {name: value for name, value in fields.items() if value is not None}
    return session.api.send("POST", path("runner-jobs", job, what), said)


def brief(session: Session, job: Json) -> None:
    """Which job it is and where it stands."""
    session.show(job, lambda paper: paper.fields(job_view.brief(job)))
