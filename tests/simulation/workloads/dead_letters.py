"""A job that the stitcher fails at, until an operator fixes the cause and redrives the dead letters."""

from __future__ import annotations

from enum import StrEnum
from random import Random

from mosaic.jobs.model import Job
from tests.fakes.crash_injector import ProcessKilled
from tests.simulation.workloads.actors import ADMIN, Actors
from tests.simulation.workloads.log_repairs import is_settled, repair_logs

MINUTE = 60.0
HOUR = 3600.0
# After this time a message has been received five times.
MAX_RETRY_TIME = 32 * MINUTE


class Cause(StrEnum):
    """The cause of the stitcher's failures."""

    ERROR = "the stitcher raises at the job"
    CRASH = "the stitcher crashes at the job"
    CORRUPT = "the job cannot be parsed"


class DeadLetterWorkload:
    """Makes the stitcher fail at one job from some version on. An operator fixes the cause after `delay`
    seconds.

    With `redrives_later`, the operator then redrives until no dead letter is left. With `redrives_early`, the
    operator also redrives once before the fix.
    """

    def __init__(
        self,
        actors: Actors,
        cause: Cause,
        delay: float,
        *,
        redrives_early: bool = False,
        redrives_later: bool = True,
    ) -> None:
        self._actors, self._cloud = actors, actors.cloud
        self._cause, self._delay = cause, delay
        self._redrives_early, self._redrives_later = redrives_early, redrives_later
        self._job: Job | None = None
        self._is_fixed = self._is_done = False
        self._cloud.pending_checks.append(lambda: self._job is not None and not self._is_done)

    def start(self, job: Job) -> None:
        """Starts to fail at this job, unless there is one already."""
        if self._job:
            return
        self._job = job
        self._cloud.functions.before_job = self._before_job
        if self._cause is Cause.CORRUPT:
            self._cloud.corrupt(job)
        if self._redrives_early:
            self._actors.schedule("eve", self._redrive, min(MAX_RETRY_TIME, self._delay / 2))
        self._actors.schedule("eve", self._fix, self._delay)

    def _before_job(self, function: str, job_id: str, _: int | None) -> None:
        process = self._cloud.schedule.process
        is_target = self._job is not None and job_id == self._job.id and not self._is_fixed
        if not is_target or function != "stitcher" or not process:
            return
        process.faults.append(self._cause)
        if self._cause is Cause.CORRUPT:
            return
        if self._cause is Cause.CRASH:
            raise ProcessKilled(self._cause)
        raise RuntimeError(self._cause)

    def _fix(self) -> None:
        self._is_fixed = True
        if self._job and self._cause is Cause.CORRUPT:
            self._cloud.restore(self._job)
        self._repeat_until_done()

    def _repeat_until_done(self) -> None:
        """Redrives every hour, and once more when no message can become a dead letter."""
        settled = is_settled(self._cloud) and not self._cloud.has_dispatch_messages()
        redriven = self._redrive() if self._redrives_later else 0
        if self._cause is Cause.CORRUPT:
            repair_logs(self._actors)
        if settled and redriven == 0:
            self._is_done = True
        else:
            self._actors.schedule("eve", self._repeat_until_done, HOUR)

    def _redrive(self) -> int | None:
        """Redrives all dead letters. Returns how many were redriven, None without a response."""
        redriven = 0
        while response := self._actors.until_answered(
            lambda: self._actors.request("POST", "/dead-letters/redrive", {}, ADMIN)
        ):
            if response.status != 200:
                return None
            handled = [item for item in response.json["items"] if item["outcome"] != "kept"]
            redriven += len(handled)
            if not handled:
                return redriven
        return None


def random_workload(actors: Actors, random: Random) -> DeadLetterWorkload:
    """Returns a workload with a random cause and first version, fixed before or after the last receive."""
    cause, first = random.choice(tuple(Cause)), random.choice((1, 1, 2, 3, 5, 8))
    delay = random.choice((0.3, 0.8, 0.8, 1.5)) * HOUR
    # A job that could not be parsed is excluded from sweeps, so an operator has to redrive it.
    redrives_later = cause is Cause.CORRUPT or random.random() < 0.7
    workload = DeadLetterWorkload(
        actors, cause, delay, redrives_early=random.random() < 0.3, redrives_later=redrives_later
    )
    actors.cloud.version_listeners.append(
        lambda _, new: workload.start(new) if new.version == first and not actors.cloud.is_healed else None
    )
    return workload
