"""Mutants of accepting and changing jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mosaic.jobs import lifecycle
from mosaic.jobs.errors import JobNotFound, StaleJob
from mosaic.jobs.model import Draft, Job
from mosaic.services import apply_forge_checks, change_job, control_job
from mosaic.services.accept_job import Accepted, ClaimKey, JobAcceptance
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def enqueue_before_store() -> tuple[Patch, ...]:
    """A job is enqueued before it is stored."""

    def add(self: Any, job: Job) -> Job:
        self._enqueuer.enqueue(job, job.created_at)
        self._jobs.add(job)
        return job

    return ((JobAcceptance, "_add", add),)


@mutant
def failed_store_is_accepted() -> tuple[Patch, ...]:
    """A request is answered 2xx although storing the job failed."""
    real = JobAcceptance._add

    def add(self: Any, job: Job) -> Job:
        try:
            return real(self, job)
        except Exception:  # noqa: BLE001 - the bug
            return job

    return ((JobAcceptance, "_add", add),)


@mutant
def claim_after_store() -> tuple[Patch, ...]:
    """The idempotency key is claimed after the job is stored."""

    def accept(self: Any, draft: Draft, claim: ClaimKey | None = None) -> Accepted:
        now = self._clock()
        job = lifecycle.create(draft, self._new_id(now), now)
        self._jobs.add(job)
        self._enqueuer.enqueue(job, now)
        claimed_id = self._claimed(job, claim, now).job_id if claim else job.id
        stored = self._jobs.get(job.workspace_id, claimed_id) if claimed_id != job.id else None
        return Accepted(stored or job, duplicate=stored is not None)

    return ((JobAcceptance, "accept", accept),)


@mutant
def new_job_without_due_time() -> tuple[Patch, ...]:
    """A new job has no due time, so no sweep finds it when its message is lost."""
    real = lifecycle.create

    def create(draft: Draft, job_id: str, now: datetime) -> Job:
        return real(draft, job_id, now).model_copy(update={"due_at": None})

    return ((lifecycle, "create", create),)


@mutant
def save_without_version_check() -> tuple[Patch, ...]:
    """A change that was decided on an old version is saved over a newer one."""

    def change(jobs: Any, workspace_id: str, job_id: str, step: Callable[[Job], Job]) -> tuple[Job, bool]:
        job = jobs.get(workspace_id, job_id)
        if job is None:
            raise JobNotFound(job_id)
        changed = step(job)
        while changed is not job:
            try:
                jobs.save(changed)
            except StaleJob:
                changed = changed.evolve(version=jobs.get(workspace_id, job_id).version + 1)
                continue
            return changed, True
        return job, False

    return tuple((module, "change", change) for module in (change_job, apply_forge_checks, control_job))
