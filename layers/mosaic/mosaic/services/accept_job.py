"""Accept: what was asked for becomes a stored job, once, and its message is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mosaic.jobs import lifecycle
from mosaic.jobs.errors import JobExists
from mosaic.jobs.model import Draft, Job
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.claims import Claim, Claims
from mosaic.storage.jobs import Jobs


class ClaimReused(Exception):
    """The idempotency key was used before, with another request."""

    def __init__(self) -> None:
        super().__init__("the idempotency key was used before, with another request")


@dataclass(frozen=True)
class ClaimKey:
    """What makes two requests the same one (`key`), and what both must then hold (`fingerprint`).

    `ttl` is how long the key is remembered, None for ever.
    """

    key: str
    fingerprint: str
    ttl: timedelta | None = None


@dataclass(frozen=True)
class Accepted:
    """The job that stands for a request, and whether an earlier request had already made it."""

    job: Job
    duplicate: bool


class JobAcceptance:
    """Takes jobs in. The stored job is the promise; a message that is not sent is found by its due time."""

    def __init__(
        self,
        jobs: Jobs,
        claims: Claims,
        enqueuer: JobEnqueuer,
        clock: Callable[[], datetime],
        new_id: Callable[[datetime], str],
    ) -> None:
        self._jobs = jobs
        self._claims = claims
        self._enqueuer = enqueuer
        self._clock = clock
        self._new_id = new_id

    def accept(self, draft: Draft, claim: ClaimKey | None = None) -> Accepted:
        """Store the job and wake the stitcher.

        With a claim, the claim is stored first and names the job, so that a repeated request finds the job or
        finishes making it, as created when the key was claimed. Raises ClaimReused for a known key with another
        fingerprint, InputTooLarge.
        """
        now = self._clock()
        job = lifecycle.create(draft, self._new_id(now), now)
        held = self._claimed(job, claim, now) if claim else None
        if held and held.job_id != job.id:
            stored = self._jobs.get(draft.workspace_id, held.job_id)
            if stored:
                return Accepted(stored, duplicate=True)
            job = lifecycle.create(draft, held.job_id, now).evolve(created_at=held.taken_at or now)
        stored = self._add(job)
        if stored is job:
            self._enqueuer.enqueue(job, now)
        return Accepted(stored, duplicate=stored is not job)

    def _claimed(self, job: Job, claim: ClaimKey, now: datetime) -> Claim:
        """The claim that holds the key: of this job, or of an earlier request's."""
        wanted = Claim(
            workspace_id=job.workspace_id,
            key=claim.key,
            fingerprint=claim.fingerprint,
            job_id=job.id,
            ttl=claim.ttl,
            taken_at=now,
        )
        held = self._claims.take(wanted, now)
        if held.fingerprint != claim.fingerprint:
            raise ClaimReused
        return held

    def _add(self, job: Job) -> Job:
        try:
            self._jobs.add(job)
        except JobExists:
            return self._jobs.get(job.workspace_id, job.id) or job
        return job
