"""Versions of jobs that cannot be recorded, until an operator mends what keeps them from the log, and repairs it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from random import Random

from mosaic.events.derive import derive
from mosaic.jobs.model import Job
from mosaic.services.consume_stream import REFUSED
from tests.fakes.crash_injector import ProcessKilled
from tests.simulation.simulator.cloud import Cloud
from tests.simulation.workloads.actors import ADMIN, Actors

HOUR = 3600.0
# After so long nothing of a version can be on its way any more.
SETTLED = 600.0


class Cause(StrEnum):
    """What keeps a version from the log, and what DynamoDB says to it."""

    REFUSED = REFUSED
    """One of its events is not taken, however often it is tried"""
    AWAY = "ThrottlingException"
    """One of its events is not taken now"""
    DEADLY = "the recorder dies of it"


class LogRepairWorkload:
    """Up to `most` versions cannot be recorded. The operator comes `delay` seconds after the first, mends the cause,
    and has the logs repaired until nothing more can be done.
    """

    def __init__(
        self, actors: Actors, cause: Cause, most: int, delay: float, odds: Callable[[], bool]
    ) -> None:
        self._actors, self._cloud = actors, actors.cloud
        self._cause, self._left, self._delay, self._odds = cause, most, delay, odds
        self._stuck: set[tuple[str, int | None]] = set()
        self._began = self._done = False
        self._cloud.version_listeners.append(self._sees)
        self._cloud.pending_checks.append(lambda: self._began and not self._done)
        self._cloud.functions.before_job = self._meets

    def _sees(self, old: Job | None, new: Job) -> None:
        if self._done or not self._left or not self._odds():
            return
        self._left -= 1
        if self._cause is not Cause.DEADLY:
            last = -1 if new.version % 2 else 0
            self._cloud.deployment.events.refuses[derive(old, new)[last].id] = self._cause
        if self._cause is not Cause.REFUSED:
            self._stuck.add((new.id, new.version))
        if not self._began:
            self._began = True
            self._actors.does("eve", self._mends, self._delay)

    def _meets(self, function: str, job_id: str, version: int | None) -> None:
        """What the recorder meets."""
        if function != "recorder" or (job_id, version) not in self._stuck:
            return
        process = self._cloud.schedule.process
        if process:
            process.faults.append(self._cause)
        if self._cause is Cause.DEADLY:
            raise ProcessKilled(self._cause)

    def _mends(self) -> None:
        self._left = 0
        self._cloud.deployment.events.refuses.clear()
        self._stuck.clear()
        self._looks_again()

    def _looks_again(self) -> None:
        """A repair an hour, and one when everything else has come to rest."""
        done = is_quiet(self._cloud)
        repairs(self._actors)
        if done:
            self._done = True
        else:
            self._actors.does("eve", self._looks_again, HOUR)


def is_quiet(cloud: Cloud) -> bool:
    """Whether nothing more will be set aside, and nothing of what was saved is on its way."""
    newest = max(job.change.at for job in cloud.jobs.everything())
    settled = (cloud.schedule.clock() - newest).total_seconds() > SETTLED
    return cloud.is_healed and settled and not cloud.stream.has_unread


def repairs(actors: Actors) -> None:
    """A repair of each log that lacks something, and of any while something is set aside."""
    for observed in list(actors.history.observed_jobs.values()):
        if observed.versions and (observed.log.missing_versions() or actors.cloud.stream_dead_letters.bodies):
            path = f"/runner-jobs/{observed.key[1]}/events/repair"
            actors.insist(lambda path=path: actors.ask("POST", path, {}, ADMIN))  # type: ignore[misc]  # bound at once


def by_the_dice(actors: Actors, random: Random) -> LogRepairWorkload:
    """Any cause, for minutes, hours, or longer than the stream has its records."""
    cause = random.choice((Cause.REFUSED, Cause.REFUSED, Cause.AWAY, Cause.DEADLY))
    delay = random.choice((0.1, 2.0, 30.0)) * HOUR * (1 + random.random())
    return LogRepairWorkload(actors, cause, random.choice((1, 2, 3)), delay, lambda: random.random() < 0.3)
