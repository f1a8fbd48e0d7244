"""Versions that cannot be recorded, until an operator fixes the cause and repairs the logs."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from random import Random

from mosaic.events.derive import derive
from mosaic.jobs.model import Job
from mosaic.services.consume_stream import REFUSED
from tests.fakes.crash_injector import ProcessKilled
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.workloads.actors import ADMIN, Actors

HOUR = 3600.0
# After this time no record of a saved version is in flight.
SETTLED_SECONDS = 600.0


class Cause(StrEnum):
    """The cause of a failure to record, with the error code of DynamoDB."""

    REFUSED = REFUSED
    """DynamoDB rejects one of the version's events at every try"""
    THROTTLED = "ThrottlingException"
    """DynamoDB throttles one of the version's events"""
    CRASH = "the recorder crashes at the version"


class LogRepairWorkload:
    """Prevents up to `max_versions` versions from being recorded.

    An operator fixes the cause `delay` seconds after the first one, and repairs the logs until nothing is
    left.
    """

    def __init__(
        self, actors: Actors, cause: Cause, max_versions: int, delay: float, chosen: Callable[[], bool]
    ) -> None:
        self._actors, self._cloud = actors, actors.cloud
        self._cause, self._versions_left, self._delay, self._is_chosen = cause, max_versions, delay, chosen
        self._blocked: set[tuple[str, int | None]] = set()
        self._has_started = self._is_done = False
        self._cloud.version_listeners.append(self._on_version)
        self._cloud.pending_checks.append(lambda: self._has_started and not self._is_done)
        self._cloud.functions.before_job = self._before_job

    def _on_version(self, old: Job | None, new: Job) -> None:
        if self._is_done or not self._versions_left or not self._is_chosen():
            return
        self._versions_left -= 1
        if self._cause is not Cause.CRASH:
            last = -1 if new.version % 2 else 0
            self._cloud.deployment.events.refuses[derive(old, new)[last].id] = self._cause
        if self._cause is not Cause.REFUSED:
            self._blocked.add((new.id, new.version))
        if not self._has_started:
            self._has_started = True
            self._actors.schedule("eve", self._fix, self._delay)

    def _before_job(self, function: str, job_id: str, version: int | None) -> None:
        """Makes the recorder fail at blocked versions."""
        if function != "recorder" or (job_id, version) not in self._blocked:
            return
        process = self._cloud.schedule.process
        if process:
            process.faults.append(self._cause)
        if self._cause is Cause.CRASH:
            raise ProcessKilled(self._cause)

    def _fix(self) -> None:
        self._versions_left = 0
        self._cloud.deployment.events.refuses.clear()
        self._blocked.clear()
        self._repeat_until_done()

    def _repeat_until_done(self) -> None:
        """Repairs every hour, and once more when the rest of the system is settled."""
        handled = is_settled(self._cloud)
        repair_logs(self._actors)
        if handled:
            self._is_done = True
        else:
            self._actors.schedule("eve", self._repeat_until_done, HOUR)


def is_settled(cloud: Cloud) -> bool:
    """Returns whether the stream can produce no more dead letters, and no saved version is in flight."""
    newest = max(job.change.at for job in cloud.jobs.everything())
    settled = (cloud.schedule.clock() - newest).total_seconds() > SETTLED_SECONDS
    return cloud.is_healed and settled and not cloud.stream.has_unread


def repair_logs(actors: Actors) -> None:
    """Repairs each log that lacks a version, and all logs while the stream has dead letters."""
    for observed in list(actors.history.observed_jobs.values()):
        if observed.versions and (observed.log.missing_versions() or actors.cloud.stream_dead_letters.bodies):
            path = f"/runner-jobs/{observed.key[1]}/events/repair"
            actors.until_answered(partial(actors.request, "POST", path, {}, ADMIN))


def random_workload(actors: Actors, random: Random) -> LogRepairWorkload:
    """Returns a workload with a random cause, which lasts minutes, hours, or longer than the stream's
    retention.
    """
    cause = random.choice((Cause.REFUSED, Cause.REFUSED, Cause.THROTTLED, Cause.CRASH))
    delay = random.choice((0.1, 2.0, 30.0)) * HOUR * (1 + random.random())
    return LogRepairWorkload(actors, cause, random.choice((1, 2, 3)), delay, lambda: random.random() < 0.3)
