"""Accept a job: store it once for each idempotency key, and enqueue it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mosaic.access.model import Workspace
from mosaic.jobs import lifecycle
from mosaic.jobs.errors import JobExists
from mosaic.jobs.model import Draft, Job
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.open_job_quota import OpenJobQuota
from mosaic.storage.claims import Claim, Claims
from mosaic.storage.jobs import Jobs


class ClaimReused(Exception):
    """The idempotency key was used before, with another request."""

    def __init__(self) -> None:
        super().__init__("the idempotency key was used before, with another request")


@dataclass(frozen=True)
class ClaimKey:
    """The idempotency key of a request, and the fingerprint that repeated requests must match.

    `ttl` is how long the key is remembered; None means without end.
    """

    key: str
    fingerprint: str
    ttl: timedelta | None = None


@dataclass(frozen=True)
class Accepted:
    """The job of a request; `duplicate` when an earlier request made it."""

    job: Job
    duplicate: bool


class JobAcceptance:
    """Accepts jobs. Once a job is stored it will be processed: a lost message is replaced by the next sweep."""

    def __init__(
        self,
        jobs: Jobs,
        claims: Claims,
        enqueuer: JobEnqueuer,
        quota: OpenJobQuota,
        clock: Callable[[], datetime],
        new_id: Callable[[datetime], str],
    ) -> None:
        self._jobs = jobs
        self._claims = claims
        self._enqueuer = enqueuer
        self._quota = quota
        self._clock = clock
        self._new_id = new_id

    def accept(
        self, draft: Draft, claim: ClaimKey | None = None, limited_by: Workspace | None = None
    ) -> Accepted:
        """Stores the job and enqueues it.

        The claim is stored first and names the job. A repeated request therefore finds the job or finishes making
        it, with the creation time of the claim. `limited_by` limits the open jobs. Raises ClaimReused for a known
        key with another fingerprint, InputTooLarge, and QuotaReached.
        """
        now = self._clock()
        job = lifecycle.create(draft, self._new_id(now), now)
        taken = self._claimed(job, claim, now) if claim else None
        if taken and taken.job_id != job.id:
            stored = self._jobs.get(draft.workspace_id, taken.job_id)
            if stored:
                return Accepted(stored, duplicate=True)
            job = lifecycle.create(draft, taken.job_id, now).evolve(created_at=taken.taken_at or now)
        if limited_by:
            self._quota.take(job, limited_by)
        stored = self._add(job)
        if stored is job:
            self._enqueuer.enqueue(job, now)
        return Accepted(stored, duplicate=stored is not job)

    def count_again(self, job: Job, limited_by: Workspace) -> None:
        """Counts a job that is retried among the open jobs once more. Raises QuotaReached."""
        self._quota.take(job, limited_by)

    def _claimed(self, job: Job, claim: ClaimKey, now: datetime) -> Claim:
        """Returns the stored claim of the key: this job's, or an earlier request's."""
        requested = Claim(
            workspace_id=job.workspace_id,
            key=claim.key,
            fingerprint=claim.fingerprint,
            job_id=job.id,
            ttl=claim.ttl,
            taken_at=now,
        )
        stored = self._claims.take(requested, now)
        if stored.fingerprint != claim.fingerprint:
            raise ClaimReused
        return stored

    def _add(self, job: Job) -> Job:
        try:
            self._jobs.add(job)
        except JobExists:
            return self._jobs.get(job.workspace_id, job.id) or job
        return job
