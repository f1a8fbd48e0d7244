"""Requests that create or change a job, and the output of the job they return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from mosaic_cli.api import ids
from mosaic_cli.api.client import path, without_none
from mosaic_cli.commands.arguments import DURATION
from mosaic_cli.errors import Json
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.session import Session, parse_duration_option
from mosaic_cli.views import job as job_view
from mosaic_cli.watching.watch import watch


@dataclass(frozen=True)
class WaitOptions:
    """The options of a command that can wait for a job."""

    wait: Annotated[
        bool, typer.Option("--wait", help="Watch the job until it ends; exit 1 unless it is COMPLETED.")
    ] = False
    wait_timeout: Annotated[
        str | None,
        typer.Option(
            "--wait-timeout",
            metavar=DURATION,
            help="Watch the job for at most this long; exit 124 if it has not ended by then.",
        ),
    ] = None

    def limit(self) -> int | None:
        """Returns the seconds of `--wait-timeout`. Raises WrongUsage."""
        return parse_duration_option(self.wait_timeout, "--wait-timeout")


def post_action(session: Session, job: str, action: str, fields: Mapping[str, object]) -> Json:
    """Posts an action, such as `cancel`, with the fields that are set; returns the changed job."""
    job_id = ids.job_id(session.api, job)
    return session.api.send("POST", path("runner-jobs", job_id, action), without_none(fields))


def show_summary(session: Session, job: Json) -> None:
    """Shows the job's id, status and next step."""
    session.show(job, lambda renderer: renderer.fields(job_view.summary(job)))


def show_or_watch(session: Session, job: Json, *, wait: bool, limit: int | None) -> ExitCode | None:
    """Shows a queued job, or watches it until it ends or the time limit passes."""
    if wait or limit is not None:
        session.note(f"job {job.get('id')}")
        return watch(session, str(job.get("id")), limit=limit)
    show_summary(session, job)
    return None
