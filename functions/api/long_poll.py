"""Long polling for events."""

from __future__ import annotations

from datetime import timedelta

from api.wiring import ApiServices
from mosaic.events.model import Event
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.services.verify_log import is_recorded

POLL_SECONDS = 0.5


def events_after(
    services: ApiServices, job: Job, after: str | None, limit: int, wait_seconds: int, caller: str
) -> tuple[Event, ...]:
    """Returns the events after the position `after`, waiting up to `wait_seconds` for the first.

    Raises TooManyWaits if too many requests of the caller or of its workspace wait already.
    Returns at once if the job has ended and the log holds every event of its stored version.
    """
    deadline = services.clock() + timedelta(seconds=wait_seconds)
    events = services.events.page(job.workspace_id, job.id, after, limit)
    if events or (wait_seconds and job.status in ENDED and is_recorded(services.events, job)):
        return events
    if not wait_seconds:
        return events
    with services.waits.waiting(job.workspace_id, caller, wait_seconds):
        while not events and services.clock() < deadline:
            services.sleep(POLL_SECONDS)
            events = services.events.page(job.workspace_id, job.id, after, limit)
    return events
