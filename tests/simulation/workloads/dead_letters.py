"""Jobs at which the stitcher fails, until an operator mends what it fails at, and has done again what was set aside."""

from __future__ import annotations

from enum import StrEnum
from random import Random

from mosaic.jobs.model import Job
from tests.fakes.crash_injector import ProcessKilled
from tests.simulation.workloads.actors import ADMIN, Actors
from tests.simulation.workloads.log_repairs import is_quiet, repairs

MINUTE = 60.0
HOUR = 3600.0
# After so long a message has been tried five times.
GIVEN_UP = 32 * MINUTE


class Cause(StrEnum):
    """What the stitcher fails at."""

    BREAKS = "the stitcher breaks at the job"
    DEADLY = "the stitcher dies of the job"
    CORRUPT = "the job cannot be read"


class DeadLetterWorkload:
    """One job cannot be worked on from some version on. The operator comes `delay` seconds later, mends the cause, and,
    if `patient`, puts back what was set aside until nothing is left; one who is `hasty` does so in vain before.
    """

    def __init__(
        self, actors: Actors, cause: Cause, delay: float, *, hasty: bool = False, patient: bool = True
    ) -> None:
        self._actors, self._cloud = actors, actors.cloud
        self._cause, self._delay, self._hasty, self._patient = cause, delay, hasty, patient
        self._job: Job | None = None
        self._mended = self._done = False
        self._cloud.pending_checks.append(lambda: self._job is not None and not self._done)

    def befalls(self, job: Job) -> None:
        """It is this job."""
        if self._job:
            return
        self._job = job
        self._cloud.functions.before_job = self._meets
        if self._cause is Cause.CORRUPT:
            self._cloud.corrupt(job)
        if self._hasty:
            self._actors.does("eve", self._redrives, min(GIVEN_UP, self._delay / 2))
        self._actors.does("eve", self._mends, self._delay)

    def _meets(self, function: str, job_id: str, _: int | None) -> None:
        process = self._cloud.schedule.process
        ours = self._job is not None and job_id == self._job.id and not self._mended
        if not ours or function != "stitcher" or not process:
            return
        process.faults.append(self._cause)
        if self._cause is Cause.CORRUPT:
            return
        if self._cause is Cause.DEADLY:
            raise ProcessKilled(self._cause)
        raise RuntimeError(self._cause)

    def _mends(self) -> None:
        self._mended = True
        if self._job and self._cause is Cause.CORRUPT:
            self._cloud.restore(self._job)
        self._looks_again()

    def _looks_again(self) -> None:
        """Every hour, and once more when nothing else can be set aside."""
        quiet = is_quiet(self._cloud) and not self._cloud.has_dispatch_messages()
        left = self._redrives() if self._patient else 0
        if self._cause is Cause.CORRUPT:
            repairs(self._actors)
        if quiet and left == 0:
            self._done = True
        else:
            self._actors.does("eve", self._looks_again, HOUR)

    def _redrives(self) -> int | None:
        """Put back what can be; how many messages that were, None when nobody knows."""
        found = 0
        while answer := self._actors.insist(
            lambda: self._actors.ask("POST", "/dead-letters/redrive", {}, ADMIN)
        ):
            if answer.status != 200:
                return None
            done = [item for item in answer.json["items"] if item["outcome"] != "kept"]
            found += len(done)
            if not done:
                return found
        return None


def by_the_dice(actors: Actors, random: Random) -> DeadLetterWorkload:
    """Any cause, from any version on, mended before a message is given up or after."""
    cause, first = random.choice(tuple(Cause)), random.choice((1, 1, 2, 3, 5, 8))
    delay = random.choice((0.3, 0.8, 0.8, 1.5)) * HOUR
    # One that could not be read is in no sweep any more: it needs somebody.
    patient = cause is Cause.CORRUPT or random.random() < 0.7
    workload = DeadLetterWorkload(actors, cause, delay, hasty=random.random() < 0.3, patient=patient)
    actors.cloud.version_listeners.append(
        lambda _, new: workload.befalls(new) if new.version == first and not actors.cloud.is_healed else None
    )
    return workload
