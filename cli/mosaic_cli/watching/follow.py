"""Polls a job and its events until the job ends, and retries while the API cannot be reached."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from mosaic_cli.api.client import Api, path
from mosaic_cli.errors import Json, TimedOut, Unreachable
from mosaic_cli.exit_codes import ExitCode
from mosaic_cli.runtime import Clock

T = TypeVar("T")

ENDED = frozenset({"COMPLETED", "FAILED", "CANCELLED"})
ENDING_EVENTS = frozenset({"job.completed", "job.failed", "job.cancelled"})
# The API's maximum wait for events, and the wait for the last events of an ended job.
WAIT_SECONDS = 20
CATCH_UP_SECONDS = 5
# Polling gives up after this time without a response. The pause between tries doubles up to the longest.
GIVE_UP_SECONDS = 300.0
LONGEST_PAUSE_SECONDS = 15.0


class _LimitReached(Exception):
    """The time limit has passed."""


@dataclass(frozen=True)
class JobUpdate:
    """The job with its steps and gates, and the events since the previous update."""

    job: Json
    events: list[Json]


def has_ended(job: Json) -> bool:
    """True if the job's status is final."""
    return job.get("status") in ENDED


def outcome(job: Json) -> ExitCode:
    """Returns the exit code for an ended job."""
    return ExitCode.OK if job.get("status") == "COMPLETED" else ExitCode.JOB_FAILED


def follow(
    api: Api, job_id: str, clock: Clock, on_retry: Callable[[str], None], limit: float | None = None
) -> Iterator[JobUpdate]:
    """Yields updates from the job's first event until the job has ended and all its events were received.

    The first request is not retried. Later ones are retried for GIVE_UP_SECONDS while the API cannot be reached;
    `on_retry` gets a message for each retry. After `limit` seconds the updates end; TimedOut is raised if the job has
    not ended. Raises CommandError.
    """
    deadline = None if limit is None else clock.now() + limit
    job_path, events_path = path("runner-jobs", job_id), path("runner-jobs", job_id, "events")
    job = api.get(job_path)
    events, cursor = job.get("events") or [], job.get("eventsCursor")
    try:
        while True:
            yield JobUpdate(job, events)
            if has_ended(job) and (not events or _has_last_event(job, events)):
                return
            longest = CATCH_UP_SECONDS if has_ended(job) else WAIT_SECONDS
            query = {"after": cursor, "wait": math.ceil(min(longest, _remaining(deadline, clock)))}
            page = _retry(lambda: api.get(events_path, query), clock, on_retry, deadline)  # noqa: B023 - called at once
            events, cursor = page.get("items") or [], page.get("cursor") or cursor
            job = _retry(lambda: api.get(job_path), clock, on_retry, deadline)
    except _LimitReached as error:
        if not has_ended(job):
            status = f"the job is still {job.get('status')}"
            raise TimedOut(f"{status}; to keep watching: mosaic jobs watch {job.get('id')}") from error


def _remaining(deadline: float | None, clock: Clock) -> float:
    """Returns the seconds until the deadline, infinite without one. Raises _LimitReached when it has passed."""
    remaining = math.inf if deadline is None else deadline - clock.now()
    if remaining <= 0:
        raise _LimitReached
    return remaining


def _has_last_event(job: Json, events: list[Json]) -> bool:
    """True if the last event ends the job's version. A version's events are recorded one by one."""
    last = events[-1]
    return last.get("type") in ENDING_EVENTS and bool(last.get("version", 0) >= job.get("version", 0))


def _retry(
    request: Callable[[], T], clock: Clock, on_retry: Callable[[str], None], deadline: float | None
) -> T:
    """Returns the response of `request`, retried while the API cannot be reached.

    Raises Unreachable after GIVE_UP_SECONDS, and _LimitReached at the deadline.
    """
    started = clock.now()
    for pause in _pauses():
        try:
            return request()
        except Unreachable as error:
            pause = min(pause, _remaining(deadline, clock))
            if clock.now() - started + pause > GIVE_UP_SECONDS:
                raise
            on_retry(f"{error}; trying again in {pause:.3g} s")
            clock.sleep(pause)
            _remaining(deadline, clock)
    raise AssertionError("the pauses never end")


def _pauses() -> Iterator[float]:
    return (min(2.0**tries, LONGEST_PAUSE_SECONDS) for tries in itertools.count())
