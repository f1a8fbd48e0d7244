"""Admission control: decide whether a job may be dispatched now, or has to wait for a slot or the gateway."""

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
# A job fails after waiting this long for a gateway that does not work.
MAX_GATEWAY_WAIT = timedelta(hours=24)
GATEWAY_DOWN = "the gateway is failing: calls are paused except for an occasional probe"


class AdmissionControl:
    """Admits as many jobs as the workspace's slots and budget allow, and none while the gateway fails."""

    def __init__(
        self,
        jobs: Jobs,
        shared: Coordination,
        gateway: RunGateway,
        enqueuer: JobEnqueuer,
        meter: Meter,
        clock: Callable[[], datetime],
        gateway_name: str | None = None,
    ) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._wait_queue = WaitQueue(jobs, enqueuer, clock)
        self._limiter = ConcurrencyLimiter(jobs, shared, self._wait_queue, clock)
        self._breaker = CircuitBreaker(shared, gateway, meter, clock, gateway_name)

    def admitted(self, job: Job, workspace: Workspace, now: datetime) -> Job | None:
        """Returns the next version of a waiting job that now has a slot; None while it keeps waiting."""
        if self._limiter.admit(job, workspace):
            return lifecycle.admit(job, now, ACTOR)
        self._wait_queue.recheck_later(job, Waiting.SLOT)
        return None

    def blocked(self, job: Job, workspace: Workspace, now: datetime) -> Job | None:
        """Returns the queued job in its waiting or failed version, or None when it may be dispatched.

        A job that waits already is returned unchanged. The budget is not checked once a dispatch intent is stored:
        the gateway may have taken the run.
        """
        refusal = None if job.dispatch else check_budget.refusal(self._jobs, workspace, now)
        if refusal:
            return lifecycle.fail(job, refusal, now, ACTOR)
        if not self._limiter.admit(job, workspace):
            return lifecycle.wait_for_slot(job, now, ACTOR)
        wait = self._breaker.wait(job)
        if wait is None:
            return None
        if _has_waited_too_long(job, now):
            return _gateway_timeout(job, GATEWAY_DOWN, now)
        if job.waiting is not Waiting.GATEWAY:
            return lifecycle.wait_for_gateway(job, GATEWAY_DOWN, wait, now, ACTOR)
        is_first = self._wait_queue.recheck_later(job, Waiting.GATEWAY)
        if is_first and self._breaker.claim_recheck(job.workspace_id, now + wait):
            self._enqueuer.enqueue(job, now, now + wait)
        return job

    def record_success(self) -> None:
        """Records that the gateway answered."""
        self._breaker.record_success()

    def record_failure(self, job: Job, reason: str, max_tries: int, now: datetime) -> Job:
        """Returns the next version of a job whose run the gateway did not take.

        A call that only probes the gateway does not count as a try of the job.
        """
        before, after = self._breaker.record_failure(job, reason)
        wait = after.wait(now) or PROBE_SOON
        if before.is_open:
            if _has_waited_too_long(job, now):
                return _gateway_timeout(job, reason, now)
            return lifecycle.wait_for_gateway(job, reason, wait, now, ACTOR)
        tried = attempt.unreachable(job, reason, max_tries, now, ACTOR)
        if after.is_open and tried.status is JobStatus.QUEUED and tried.attempt == job.attempt:
            return tried.evolve(**lifecycle.gateway_wait(wait, now))
        return tried


def _has_waited_too_long(job: Job, now: datetime) -> bool:
    return now >= (job.started_at or job.queued_at or job.created_at) + MAX_GATEWAY_WAIT


def _gateway_timeout(job: Job, reason: str, now: datetime) -> Job:
    hours = round(MAX_GATEWAY_WAIT / timedelta(hours=1))
    return lifecycle.fail(job, failed("gateway_away", hours=hours, detail=reason), now, ACTOR)
