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
    PATIENCE_SECONDS. After `limit` seconds TimedOut is raised. Raises CommandError.
    """
    ends = None if limit is None else clock.now() + limit
    about, log = path("runner-jobs", job_id), path("runner-jobs", job_id, "events")
    job = api.get(about)
    events, cursor = job.get("events") or [], job.get("eventsCursor")
    while True:
        yield Sighting(job, events)
        if over(job) and (not events or _told(job, events)):
            return
        wait = _patience(CATCH_UP_SECONDS if over(job) else WAIT_SECONDS, ends, clock, job)
        page = steadily(lambda: api.get(log, {"after": cursor, "wait": wait}), clock, lost)  # noqa: B023 - called at once
        events, cursor = page.get("items") or [], page.get("cursor") or cursor
        job = steadily(lambda: api.get(about), clock, lost)


def _patience(seconds: int, ends: float | None, clock: Clock, job: Json) -> int:
    """How long a request may wait for events; raises TimedOut once the limit is reached."""
    if ends is None:
        return seconds
    left = ends - clock.now()
    if left <= 0:
        raise TimedOut(f"the job is still {job.get('status')}; it goes on: mosaic jobs watch {job.get('id')}")
    return min(seconds, math.ceil(left))


def _told(job: Json, events: list[Json]) -> bool:
    """Whether the last event is the one that ends the job's version: a version's events are recorded one by one."""
    last = events[-1]
    return last.get("type") in CLOSING and bool(last.get("version", 0) >= job.get("version", 0))


def steadily(ask: Callable[[], T], clock: Clock, lost: Callable[[str], None]) -> T:
    """The answer of `ask`, which is called again while the API cannot be reached; raises its last Unreachable."""
    began = clock.now()
    for pause in _pauses():
        try:
            return ask()
        except Unreachable as error:
            if clock.now() - began + pause > PATIENCE_SECONDS:
                raise
            lost(f"{error}; trying again in {pause:g} s")
            clock.sleep(pause)
    raise AssertionError("the pauses never end")


def _pauses() -> Iterator[float]:
    return (min(2.0**tries, LONGEST_PAUSE_SECONDS) for tries in itertools.count())
