"""Waiting for events: a request that stays until something newer is there, nothing can come, or its time is up."""

from __future__ import annotations

from datetime import timedelta

from api.wiring import ApiServices
from mosaic.events.model import Event
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job
from mosaic.services.verify_log import is_recorded

POLL_SECONDS = 0.5


def events_after(
    services: ApiServices, job: Job, after: str | None, limit: int, wait_seconds: int
) -> tuple[Event, ...]:
    """Events behind the position `after`; empty when none came within `wait_seconds`.

    Empty at once when the job has ended and the log holds every event of its stored version.
    """
    until = services.clock() + timedelta(seconds=wait_seconds)
    found = services.events.page(job.workspace_id, job.id, after, limit)
    if found or (wait_seconds and job.status in ENDED and is_recorded(services.events, job)):
        return found
    while not found and services.clock() < until:
        services.sleep(POLL_SECONDS)
        found = services.events.page(job.workspace_id, job.id, after, limit)
    return found
