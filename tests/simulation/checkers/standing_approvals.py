"""What was approved for later jobs too: who said yes to what, for how long it may count, and how long it has to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import inf

from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from tests.simulation.simulator.functions import TIMEOUTS

# Whoever decides may have read the workspace so long ago, in seconds.
READ_WITHIN = float(TIMEOUTS["stitcher"])


@dataclass
class GivenApproval:
    """A yes to a capability that was to stand until a date, for jobs like this one.

    In seconds: it may stand from `asked`, is known to stand from `kept` to `leaving`, and not to from `ended` on.
    """

    like: Job
    capability: str
    by: str
    until: datetime
    asked: float
    kept: float = inf
    leaving: float = inf
    ended: float = inf

    def may_count(self, job: Job, now: float) -> bool:
        """Whether this may be what lets the job begin now."""
        return self._is_for(job) and self.asked <= now <= self.ended + READ_WITHIN

    def has_to_count(self, job: Job, now: float) -> bool:
        """Whether nobody has to be asked about this job now."""
        return self._is_for(job) and self.kept + READ_WITHIN < now < self.leaving

    @property
    def was_refused(self) -> bool:
        """Whether whoever said this knows that it counts for nothing."""
        return self.ended < inf and self.kept == inf

    def same_as(self, other: GivenApproval) -> bool:
        """Whether both are one person's words about one thing, of which the last counts."""
        return (self.by, self.capability, _scope(self.like)) == (
            other.by,
            other.capability,
            _scope(other.like),
        )

    def _is_for(self, job: Job) -> bool:
        profile, repository, paths = _scope(self.like)
        alike = _scope(job)[:2] == (profile, repository) and paths in ((), job.paths)
        trusted = job.source.role != "guest" and self.by not in job.requesters
        return alike and trusted and job.change.at < self.until


def counted(given: Iterable[GivenApproval], job: Job, now: float) -> frozenset[str]:
    """The capabilities that the job may have without being asked about."""
    return frozenset(one.capability for one in given if one.may_count(job, now))


def begins(old: Job | None, new: Job) -> bool:
    """Whether the guard rails have just let this attempt through."""
    return new.status is JobStatus.RUNNING and (old is None or old.status is not JobStatus.RUNNING)


def what_stands_is_not_asked_again(
    given: list[GivenApproval], old: Job | None, new: Job, now: float
) -> Iterator[str]:
    """6. What was approved for later jobs too lets them through."""
    if new.waiting is not Waiting.APPROVAL or new.guard is None or (old and old.waiting is new.waiting):
        return
    said = [one for one in given if not one.was_refused]
    last = (one for place, one in enumerate(said) if not any(map(one.same_as, said[place + 1 :])))
    stands = {one.capability for one in last if one.has_to_count(new, now)}
    if stands.issuperset(new.guard.refused):
        yield f"it is asked for {new.guard.refused}, which stands"


def _scope(job: Job) -> tuple[str, str, tuple[str, ...]]:
    return job.profile, (job.repository or "").lower(), job.paths
