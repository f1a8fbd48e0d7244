"""Waiting for events: a request that stays until something newer is there or its time is up."""

from __future__ import annotations

from datetime import timedelta

from api.wiring import ApiServices
from mosaic.events.model import Event
from mosaic.jobs.model import Job

POLL_SECONDS = 0.5


def events_after(
    services: ApiServices, job: Job, after: str | None, limit: int, wait_seconds: int
) -> tuple[Event, ...]:
    """Events behind the position `after`; empty only when none came within `wait_seconds`."""
    until = services.clock() + timedelta(seconds=wait_seconds)
    while not (found := services.events.page(job.workspace_id, job.id, after, limit)):
        if services.clock() >= until:
            break
        services.sleep(POLL_SECONDS)
    return found
