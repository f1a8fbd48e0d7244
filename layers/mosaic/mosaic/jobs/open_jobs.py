"""Open jobs: those of one actor or of one issue that have not ended. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from mosaic.base import Timestamp, Value
from mosaic.jobs.lifecycle import ENDED
from mosaic.jobs.model import Job

MAX_OPEN_JOBS_LIMIT = 100
"""The highest limit: all open jobs are in one small record, and each of them may have to be read."""

STORE_WINDOW = timedelta(minutes=1)
"""A job is counted before it is stored. If it is not stored after this time, its request broke off."""


class OpenJob(Value):
    """A job that counts as open, since this time."""

    job_id: str
    at: Timestamp


class OpenJobs(Value):
    """The jobs that count as open. An ended job may be among them until room is needed."""

    jobs: tuple[OpenJob, ...] = ()

    def has(self, job_id: str) -> bool:
        """True if the job is counted."""
        return any(counted.job_id == job_id for counted in self.jobs)

    def with_(self, job_id: str, now: datetime) -> OpenJobs:
        """Returns the open jobs with one more."""
        return OpenJobs(jobs=(*self.jobs, OpenJob(job_id=job_id, at=now)))

    def without(self, ended: Collection[str]) -> OpenJobs:
        """Returns the open jobs without those that ended."""
        return OpenJobs(jobs=tuple(counted for counted in self.jobs if counted.job_id not in ended))


def is_open(counted: OpenJob, job: Job | None, now: datetime) -> bool:
    """True if the counted job, as it is stored now, still counts."""
    if job is None:
        return now < counted.at + STORE_WINDOW
    return job.status not in ENDED
