"""Watching a job: as JSON lines, as plain lines, or live on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli import follow
from mosaic_cli.errors import Json
from mosaic_cli.exits import ExitCode
from mosaic_cli.session import Session
from mosaic_cli.text import as_json
from mosaic_cli.views import event as event_view
from mosaic_cli.views import job as job_view


def watch(session: Session, job_id: str) -> ExitCode:
    """Show the job until it is over; answers how it ended. Raises CommandError, and KeyboardInterrupt after a note."""
    try:
        return follow.outcome(_watched(session, job_id))
    except KeyboardInterrupt:
        session.note(f"no longer watching; the job goes on: mosaic jobs watch {job_id}")
        raise


def _watched(session: Session, job_id: str) -> Json:
    if session.json or not session.terminal:
        lines = _json_lines if session.json else _plain_lines
        return lines(session, follow.follow(session.api, job_id, session.world.clock, session.note))
    from mosaic_cli.live import LiveJob

    with LiveJob() as live:
        return live.show(follow.follow(session.api, job_id, session.world.clock, live.note))


def _json_lines(session: Session, sightings: Iterable[follow.Sighting]) -> Json:
    job: Json = {}
    for sighting in sightings:
        job = sighting.job
        for event in sighting.events:
            session.out(as_json(event))
    return job


def _plain_lines(session: Session, sightings: Iterable[follow.Sighting]) -> Json:
    job: Json = {}
    for sighting in sightings:
        job = sighting.job
        for event in sighting.events:
            session.out(event_view.told(event))
    ended = {name: job.get(name) for name in ("id", "status")}
    session.paper.fields({**ended, **job_view.error(job)})
    return job
