"""Invariants over several jobs; each function yields the violations."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from mosaic.jobs.states import JobStatus, Phase
from tests.simulation.checkers.history import ObservedJob

# A run may be stopped so long before its deadline.
DEADLINE_MARGIN = timedelta(seconds=60)


def requests_create_one_job(jobs_by_request: Mapping[str, Collection[str]]) -> Iterator[str]:
    """1. A request that is sent again creates no second job."""
    for request, jobs in jobs_by_request.items():
        if len(jobs) > 1:
            yield f"{request} created {len(jobs)} jobs"


def slots_are_not_exceeded(jobs: Iterable[ObservedJob], slots: int | None) -> Iterator[str]:
    """At most `max_running` jobs of a workspace run at once."""
    running = [
        observed.short_id
        for observed in jobs
        if observed.versions
        and observed.now.status is JobStatus.RUNNING
        and observed.now.phase is not Phase.VALIDATION
    ]
    if slots is not None and len(running) > slots:
        yield f"jobs {', '.join(running)} run at once, and there are {slots} slots"


def running_jobs_keep_their_runs(
    jobs: Iterable[ObservedJob], scheduled_run_id: str, now: datetime
) -> Iterator[str]:
    """3. The job's state changes first, then its run is stopped, unless the run is past its deadline."""
    for observed in jobs:
        if not observed.versions or not (intent := observed.now.dispatch):
            continue
        is_current = intent.scheduled_run_id == scheduled_run_id and intent.deadline > now + DEADLINE_MARGIN
        if is_current and observed.now.status is JobStatus.RUNNING and observed.now.phase is Phase.EXECUTION:
            yield f"job {observed.short_id}: its run was stopped while the job was running"
