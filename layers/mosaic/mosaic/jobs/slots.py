"""Slots: the jobs that hold one of the `maxRunning` slots of a workspace. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mosaic.base import Timestamp, Value
from mosaic.jobs.fire_and_forget import is_fire_and_forget
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting

MAX_RUNNING_LIMIT = 100
"""The highest `maxRunning`: all holders are in one small record, and each holder's job may have to be read."""

# Runs that started under another limit are in the index after this time.
COUNT_WINDOW = timedelta(minutes=2)


class SlotHolder(Value):
    """The attempt of a job that holds a slot."""

    job_id: str
    attempt: int


class Slots(Value):
    """The slots in use.

    `counted_for` is the workspace version for which running jobs without a slot were counted, first at
    `counted_at`.
    """

    holders: tuple[SlotHolder, ...] = ()
    counted_for: int | None = None
    counted_at: Timestamp | None = None

    def with_(self, *holders: SlotHolder) -> Slots:
        """Returns the slots with `holders` added."""
        return self.model_copy(update={"holders": tuple(dict.fromkeys((*self.holders, *holders)))})

    def without(self, released: frozenset[SlotHolder]) -> Slots:
        """Returns the slots without the `released` holders."""
        kept = tuple(holder for holder in self.holders if holder not in released)
        return self.model_copy(update={"holders": kept})

    def is_counted(self, version: int, now: datetime) -> bool:
        """True if all running jobs were counted for this version of the workspace."""
        is_current = self.counted_for == version and self.counted_at is not None
        return is_current and now >= (self.counted_at or now) + COUNT_WINDOW

    def counted(self, version: int, running: tuple[SlotHolder, ...], now: datetime) -> Slots:
        """Returns the slots with all `running` jobs added, as counted for this version of the workspace."""
        since = self.counted_at if self.counted_for == version else now
        return self.with_(*running).model_copy(update={"counted_for": version, "counted_at": since})


def holder(job: Job) -> SlotHolder:
    """Returns the slot holder for the job's current attempt."""
    return SlotHolder(job_id=job.id, attempt=job.attempt)


def occupies_slot(job: Job) -> bool:
    """True if an agent may be working on the job: the run is dispatched and has not ended.

    A job that waits for approval has no run yet. A job that waits for gates has no run any more, unless it is
    fire-and-forget: the end of such a run is unknown.
    """
    if job.status is JobStatus.RUNNING:
        return job.phase is not Phase.VALIDATION or is_fire_and_forget(job)
    return job.status is JobStatus.QUEUED and job.dispatch is not None


def needs_slot(job: Job | None, slot_holder: SlotHolder) -> bool:
    """True if the holder still needs its slot: its run goes on, or is about to be dispatched."""
    if job is None or job.attempt != slot_holder.attempt:
        return False
    return occupies_slot(job) or job.status is JobStatus.QUEUED or job.waiting is Waiting.SLOT


def slot_becomes_free(old: Job, new: Job) -> bool:
    """True if the change from `old` to `new` frees a slot for a waiting job."""
    if new.waiting is Waiting.SLOT:
        return False
    return needs_slot(old, holder(old)) and not needs_slot(new, holder(old))
