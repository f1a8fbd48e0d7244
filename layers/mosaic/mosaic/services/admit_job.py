"""Turns: whether a job that the rails let pass is dispatched now, and what it waits for if it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.access.model import Workspace
from mosaic.jobs import attempt, lifecycle
from mosaic.jobs.failures import failed
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.metrics import Meter
from mosaic.openclaw.circuit import PROBE_SOON
from mosaic.openclaw.model import RunGateway
from mosaic.services import check_budget
from mosaic.services.circuit_breaker import CircuitBreaker
from mosaic.services.concurrency_limiter import ConcurrencyLimiter
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.wait_queue import WaitQueue
from mosaic.storage.coordination import Coordination
from mosaic.storage.jobs import Jobs

ACTOR = "stitcher"
# How long a job waits for a gateway that does not work.
PATIENCE = timedelta(hours=24)
GATEWAY_AWAY = "the gateway is failing: calls are paused but for an occasional probe"


class AdmissionControl:
    """One job after the other: as many as the workspace lets run, and none to a gateway that fails."""

    def __init__(
        self,
        jobs: Jobs,
        shared: Coordination,
        gateway: RunGateway,
        enqueuer: JobEnqueuer,
        meter: Meter,
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._wait_queue = WaitQueue(jobs, enqueuer, clock)
        self._limiter = ConcurrencyLimiter(jobs, shared, self._wait_queue, clock)
        self._breaker = CircuitBreaker(shared, gateway, meter, clock)

    def admitted(self, job: Job, workspace: Workspace, now: datetime) -> Job | None:
        """The next version of a job that waits for a place, now that it has one; None while it goes on waiting."""
        if self._limiter.admit(job, workspace):
            return lifecycle.admit(job, now, ACTOR)
        self._wait_queue.recheck_later(job, Waiting.SLOT)
        return None

    def blocked(self, job: Job, workspace: Workspace, now: datetime) -> Job | None:
        """The queued job as it waits or fails, the same version if it waits already; None when it may be dispatched.

        An order that was given goes on, whatever has become of the budget: the gateway may have it.
        """
        refusal = None if job.dispatch else check_budget.refusal(self._jobs, workspace, now)
        if refusal:
            return lifecycle.fail(job, refusal, now, ACTOR)
        if not self._limiter.admit(job, workspace):
            return lifecycle.wait_for_slot(job, now, ACTOR)
        wait = self._breaker.wait(job)
        if wait is None:
            return None
        if _is_given_up(job, now):
            return _given_up(job, GATEWAY_AWAY, now)
        if job.waiting is not Waiting.GATEWAY:
            return lifecycle.wait_for_gateway(job, GATEWAY_AWAY, wait, now, ACTOR)
        first = self._wait_queue.recheck_later(job, Waiting.GATEWAY)
        if first and self._breaker.claim_recheck(job.workspace_id, now + wait):
            self._enqueuer.enqueue(job, now, now + wait)
        return job

    def record_success(self) -> None:
        """The gateway answered."""
        self._breaker.record_success()

    def record_failure(self, job: Job, reason: str, max_tries: int, now: datetime) -> Job:
        """The next version of a job whose order the gateway could not be given.

        A call that only finds out whether the gateway works again is no try of the job.
        """
        before, after = self._breaker.record_failure(job, reason)
        wait = after.wait(now) or PROBE_SOON
        if before.is_open:
            if _is_given_up(job, now):
                return _given_up(job, reason, now)
            return lifecycle.wait_for_gateway(job, reason, wait, now, ACTOR)
        tried = attempt.unreachable(job, reason, max_tries, now, ACTOR)
        if after.is_open and tried.status is JobStatus.QUEUED and tried.attempt == job.attempt:
            return tried.evolve(**lifecycle.gateway_wait(wait, now))
        return tried


def _is_given_up(job: Job, now: datetime) -> bool:
    return now >= (job.started_at or job.queued_at or job.created_at) + PATIENCE


def _given_up(job: Job, reason: str, now: datetime) -> Job:
    hours = round(PATIENCE / timedelta(hours=1))
    return lifecycle.fail(job, failed("gateway_away", hours=hours, detail=reason), now, ACTOR)
