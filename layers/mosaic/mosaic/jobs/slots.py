"""Who holds the places of a workspace that lets only so many runs go on at once. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mosaic.base import Timestamp, Value
from mosaic.jobs.fire_and_forget import is_fire_and_forget
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting

MAX_RUNNING_LIMIT = 100
"""The highest limit: who holds the places is one small note, and each holder may have to be looked at."""

# A run that began while there was no limit, or another, is found by an index by then.
COUNT_WINDOW = timedelta(minutes=2)


class SlotHolder(Value):
    """One attempt of one job, which has a place."""

    job_id: str
    attempt: int


class Slots(Value):
    """The places that are taken.

    `counted_for` is the version of the workspace for which those were counted that run without having taken a
    place, first at `counted_at`.
    """

    holders: tuple[SlotHolder, ...] = ()
    counted_for: int | None = None
    counted_at: Timestamp | None = None

    def with_(self, *holders: SlotHolder) -> Slots:
        """These, and `more` of them."""
        return self.model_copy(update={"holders": tuple(dict.fromkeys((*self.holders, *holders)))})

    def without(self, released: frozenset[SlotHolder]) -> Slots:
        """These, but for those that are gone."""
        kept = tuple(holder for holder in self.holders if holder not in released)
        return self.model_copy(update={"holders": kept})

    def is_counted(self, version: int, now: datetime) -> bool:
        """Whether everybody who runs in this version of the workspace is among the holders."""
        is_current = self.counted_for == version and self.counted_at is not None
        return is_current and now >= (self.counted_at or now) + COUNT_WINDOW

    def counted(self, version: int, running: tuple[SlotHolder, ...], now: datetime) -> Slots:
        """These and all that run, as they were counted for this version of the workspace."""
        since = self.counted_at if self.counted_for == version else now
        return self.with_(*running).model_copy(update={"counted_for": version, "counted_at": since})


def holder(job: Job) -> SlotHolder:
    """The job's present attempt."""
    return SlotHolder(job_id=job.id, attempt=job.attempt)


def occupies_slot(job: Job) -> bool:
    """Whether an agent may be at work for the job: it is ordered, and the run has not ended.

    A job that waits for its gates has no run any more, unless nobody can tell when that ends; one that waits for
    approval has none yet.
    """
    if job.status is JobStatus.RUNNING:
        return job.phase is not Phase.VALIDATION or is_fire_and_forget(job)
    return job.status is JobStatus.QUEUED and job.dispatch is not None


def needs_slot(job: Job | None, slot_holder: SlotHolder) -> bool:
    """Whether the holder still needs its place: it runs, or is about to be dispatched or called from the line."""
    if job is None or job.attempt != slot_holder.attempt:
        return False
    return occupies_slot(job) or job.status is JobStatus.QUEUED or job.waiting is Waiting.SLOT


def frees_slot(old: Job, new: Job) -> bool:
    """Whether somebody in the line may have a place now that `old` has become `new`."""
    if new.waiting is Waiting.SLOT:
        return False
    return needs_slot(old, holder(old)) and not needs_slot(new, holder(old))
