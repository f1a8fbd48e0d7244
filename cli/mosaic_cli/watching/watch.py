"""Shows a watched job as documents, as plain lines, or live on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from mosaic_cli.errors import Json
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.session import Session
from mosaic_cli.views import event as event_view
from mosaic_cli.views import job_status
from mosaic_cli.watching import follow
from mosaic_cli.watching.follow import JobUpdate, has_ended

ACTORS = frozenset({"admin", "reporter", "member"})


class Until(StrEnum):
    """The condition that ends a watch."""

    END = "end"
    VALIDATION = "validation"
    ACTION = "action"

    def reached(self, job: Json) -> bool:
        """True if the job has ended, is in VALIDATION, or waits for a person or a CI."""
        if has_ended(job):
            return True
        if self is Until.END:
            return False
        if self is Until.VALIDATION:
            return job.get("phase") == "VALIDATION"
        return job_status.actor(job) in ACTORS


def watch(session: Session, job_id: str, *, until: Until = Until.END, limit: float | None = None) -> ExitCode:
    """Shows the job until `until` is reached; returns the exit code.

    Raises CommandError, TimedOut after `limit` seconds, and KeyboardInterrupt after printing a note.
    """
    try:
        job = _show_updates(session, job_id, until, limit)
    except KeyboardInterrupt:
        session.note(f"stopped watching; the job continues: mosaic jobs watch {job_id}")
        raise
    return follow.outcome(job) if has_ended(job) else ExitCode.OK


def _show_updates(session: Session, job_id: str, until: Until, limit: float | None) -> Json:
    """Shows the updates and returns the last state of the job."""
    clock = session.runtime.clock
    if session.output.for_programs or not session.terminal:
        updates = follow.follow(session.api, job_id, clock, session.note, limit)
        show = _show_documents if session.output.for_programs else _show_lines
        return show(session, _take_until(until, updates))
    from mosaic_cli.watching.live_display import LiveJob

    with LiveJob(now=session.runtime.now, verbose=session.options.verbose) as live:
        updates = follow.follow(session.api, job_id, clock, live.note, limit)
        return live.show(_take_until(until, updates))


def _take_until(until: Until, updates: Iterator[JobUpdate]) -> Iterator[JobUpdate]:
    """Yields updates until an update reaches `until`. An ended job still gets its last events."""
    for update in updates:
        yield update
        if until.reached(update.job) and not has_ended(update.job):
            return


def _show_documents(session: Session, updates: Iterator[JobUpdate]) -> Json:
    job: Json = {}
    for update in updates:
        job = update.job
        for event in update.events:
            session.show_in_stream(event)
    return job


def _show_lines(session: Session, updates: Iterator[JobUpdate]) -> Json:
    job: Json = {}
    for update in updates:
        job = update.job
        for event in update.events:
            session.print_line(event_view.summary(event, verbose=session.options.verbose))
    session.renderer.fields(
        {
            "id": job.get("id"),
            "status": job.get("status"),
            **({} if has_ended(job) else job_status.next_fields(job)),
            **job_status.ending(job),
        }
    )
    return job
