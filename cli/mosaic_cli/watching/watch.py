"""Watching a job: as documents, as plain lines, or live on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from mosaic_cli import follow
from mosaic_cli.errors import Json
from mosaic_cli.exits import ExitCode
from mosaic_cli.session import Session
from mosaic_cli.views import event as event_view
from mosaic_cli.views import outlook

ACTORS = frozenset({"admin", "reporter", "member"})


class Until(StrEnum):
    """What a watch waits for."""

    END = "end"
    VALIDATION = "validation"
    ACTION = "action"

    def reached(self, job: Json) -> bool:
        """Whether the job is over, has an agent that is done, or waits for a person or a CI to act."""
        if follow.over(job):
            return True
        if self is Until.END:
            return False
        if self is Until.VALIDATION:
            return job.get("phase") == "VALIDATION"
        return outlook.actor(job) in ACTORS


def watch(session: Session, job_id: str, *, until: Until = Until.END, limit: float | None = None) -> ExitCode:
    """Show the job until it is over, or as far as `until`; answers how it ended.

    Raises CommandError, TimedOut after `limit` seconds, and KeyboardInterrupt after a note.
    """
    try:
        job = _watched(session, job_id, until, limit)
    except KeyboardInterrupt:
        session.note(f"no longer watching; the job goes on: mosaic jobs watch {job_id}")
        raise
    return follow.outcome(job) if follow.over(job) else ExitCode.OK


def _watched(session: Session, job_id: str, until: Until, limit: float | None) -> Json:
    clock = session.world.clock
    if session.output.for_programs or not session.terminal:
        found = follow.follow(session.api, job_id, clock, session.note, limit)
        lines = _documents if session.output.for_programs else _plain_lines
        return lines(session, _as_far_as(until, found))
    from mosaic_cli.live import LiveJob

    with LiveJob(now=session.world.now, verbose=session.options.verbose) as live:
        found = follow.follow(session.api, job_id, clock, live.note, limit)
        return live.show(_as_far_as(until, found))


def _as_far_as(until: Until, sightings: Iterator[follow.Sighting]) -> Iterator[follow.Sighting]:
    """The sightings up to the first that is enough; the last events of a job that is over are waited for."""
    for sighting in sightings:
        yield sighting
        if until.reached(sighting.job) and not follow.over(sighting.job):
            return


def _documents(session: Session, sightings: Iterator[follow.Sighting]) -> Json:
    job: Json = {}
    for sighting in sightings:
        job = sighting.job
        for event in sighting.events:
            for text in session.output.one_of_many(event):
                session.out(text)
    return job


def _plain_lines(session: Session, sightings: Iterator[follow.Sighting]) -> Json:
    job: Json = {}
    for sighting in sightings:
        job = sighting.job
        for event in sighting.events:
            session.out(event_view.told(event, verbose=session.options.verbose))
    session.paper.fields(
        {
            "id": job.get("id"),
            "status": job.get("status"),
            **({} if follow.over(job) else outlook.next_fields(job)),
            **outlook.ending(job),
        }
    )
    return job
