"""Following a job until it is over: what it is now and what has happened since, through lost connections."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from mosaic_cli.api import Api, path
from mosaic_cli.clock import Clock
from mosaic_cli.errors import Json, TimedOut, Unreachable
from mosaic_cli.exits import ExitCode

T = TypeVar("T")

OVER = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
CLOSING = frozenset({"job.completed", "job.failed", "job.cancelled"})
# What the API allows at most, and what the record of a finished job may take to catch up.
WAIT_SECONDS = 20
CATCH_UP_SECONDS = 5
# Without any answer for so long, the wait is given up; until then the pause doubles up to the longest.
PATIENCE_SECONDS = 300.0
LONGEST_PAUSE_SECONDS = 15.0


class _LimitReached(Exception):
    """The time that a job may be followed is over."""


@dataclass(frozen=True)
class Sighting:
    """The job with its steps and gates, and the events that are new since the sighting before."""

    job: Json
    events: list[Json]


def over(job: Json) -> bool:
    """Whether the job's attempt has ended."""
    return job.get("status") in OVER


def outcome(job: Json) -> ExitCode:
    """What a script is told of a job that is over."""
    return ExitCode.OK if job.get("status") == "COMPLETED" else ExitCode.JOB_FAILED


def follow(
    api: Api, job_id: str, clock: Clock, lost: Callable[[str], None], limit: float | None = None
) -> Iterator[Sighting]:
    """Sightings from the job's first event on, the last when it is over and its events are all told.

    The first request has to succeed. Later ones are repeated while the API cannot be reached, `lost` being told, for
    PATIENCE_SECONDS. After `limit` seconds the sightings end if the job is over; else TimedOut is raised. Raises
    CommandError.
    """
    ends = None if limit is None else clock.now() + limit
    about, log = path("runner-jobs", job_id), path("runner-jobs", job_id, "events")
    job = api.get(about)
    events, cursor = job.get("events") or [], job.get("eventsCursor")
    try:
        while True:
            yield Sighting(job, events)
            if over(job) and (not events or _told(job, events)):
                return
            most = CATCH_UP_SECONDS if over(job) else WAIT_SECONDS
            wait = math.ceil(min(most, _left(ends, clock)))
            page = steadily(lambda: api.get(log, {"after": cursor, "wait": wait}), clock, lost, ends)  # noqa: B023 - called at once
            events, cursor = page.get("items") or [], page.get("cursor") or cursor
            job = steadily(lambda: api.get(about), clock, lost, ends)
    except _LimitReached as error:
        if not over(job):
            still = f"the job is still {job.get('status')}"
            raise TimedOut(f"{still}; it goes on: mosaic jobs watch {job.get('id')}") from error


def _left(ends: float | None, clock: Clock) -> float:
    """The seconds until `ends`, infinite without an end; raises _LimitReached once there are none."""
    left = math.inf if ends is None else ends - clock.now()
    if left <= 0:
        raise _LimitReached
    return left


def _told(job: Json, events: list[Json]) -> bool:
    """Whether the last event is the one that ends the job's version: a version's events are recorded one by one."""
    last = events[-1]
    return last.get("type") in CLOSING and bool(last.get("version", 0) >= job.get("version", 0))


def steadily(ask: Callable[[], T], clock: Clock, lost: Callable[[str], None], ends: float | None = None) -> T:
    """The answer of `ask`, which is called again while the API cannot be reached.

    Raises its last Unreachable, or _LimitReached once the clock is at `ends`.
    """
    began = clock.now()
    for pause in _pauses():
        try:
            return ask()
        except Unreachable as error:
            pause = min(pause, _left(ends, clock))
            if clock.now() - began + pause > PATIENCE_SECONDS:
                raise
            lost(f"{error}; trying again in {pause:.3g} s")
            clock.sleep(pause)
            _left(ends, clock)
    raise AssertionError("the pauses never end")


def _pauses() -> Iterator[float]:
    return (min(2.0**tries, LONGEST_PAUSE_SECONDS) for tries in itertools.count())
