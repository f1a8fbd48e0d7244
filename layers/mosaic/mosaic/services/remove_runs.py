"""Cleanup: what the gateway still holds of an ended job is stopped and removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from mosaic.jobs import attempt, fire_and_forget, lifecycle
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.jobs.states import StepStatus, Waiting
from mosaic.jobs.value_objects import RunHandle
from mosaic.openclaw.errors import GatewayError
from mosaic.openclaw.model import RunGateway
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.services.stop_run import StopResult, forget, stop
from mosaic.storage.jobs import Jobs

logger = Logger(child=True)

ACTOR = "stitcher"
# How long after a run must be over a gateway that does not answer is told to stop and forget it.
FORGET = timedelta(hours=24)


class RunRemoval:
    """Stops the runs of cancelled jobs and has the gateway forget those of ended ones."""

    def __init__(
        self, jobs: Jobs, gateway: RunGateway, enqueuer: JobEnqueuer, clock: Callable[[], datetime]
    ) -> None:
        self._jobs = jobs
        self._gateway = gateway
        self._enqueuer = enqueuer
        self._clock = clock

    def remove_runs(self, job: Job, now: datetime) -> None:
        """Remove every run of the ended job at the gateway, as far as that can be done now.

        A call that is still on its way may bring a run after that, so the job stays due until it cannot.
        """
        if job.due_at is None or now < job.due_at:
            return
        try:
            stops = [*self._stop(job.earlier_runs), *self._stop_latest(job)]
        except GatewayError as error:
            self._postpone(job, now, str(error))
            return
        unstopped = next((stopped for stopped in stops if not stopped.over), None)
        if unstopped:
            self._postpone(job, now, unstopped.said)
        elif fire_and_forget.is_fire_and_forget(job) or not stops:
            self._done(job, StepStatus.SKIPPED, fire_and_forget.CANNOT_STOP, now)
        elif not _call_may_arrive(job, all(stopped.held for stopped in stops), now):
            self._done(job, StepStatus.COMPLETED, stops[-1].said, now)

    def remove_leftovers(self, job: Job) -> None:
        """Remove the runs of earlier attempts, if that can be done now. A gateway that is waited for is left alone."""
        if job.waiting is Waiting.GATEWAY:
            return
        try:
            self._stop(job.earlier_runs)
        except GatewayError as error:
            logger.warning("the gateway cannot be told to forget a run", job_id=job.id, reason=str(error))

    def _stop(self, run_handles: tuple[RunHandle, ...]) -> list[StopResult]:
        return [stop(self._gateway, held) for held in run_handles if held.can_be_stopped]

    def _stop_latest(self, job: Job) -> list[StopResult]:
        latest = job.run_handles[len(job.earlier_runs) :]
        if job.result is None:
            return self._stop(latest)
        return [forget(self._gateway, held) for held in latest if held.can_be_stopped]

    def _postpone(self, job: Job, now: datetime, reason: str) -> None:
        logger.warning("a run is not stopped yet", job_id=job.id, reason=reason)
        if now >= _deadline(job) + FORGET:
            self._done(job, StepStatus.FAILED, f"the stop was not confirmed in a day: {reason}", now)

    def _done(self, job: Job, stop: StepStatus, said: str, now: datetime) -> None:
        if attempt.awaits_stop_result(job):
            self._jobs.save(attempt.stopped(job, stop, said, now, ACTOR))
        else:
            self._settle(job)

    def _settle(self, job: Job) -> None:
        try:
            self._jobs.clear_due(job)
        except StaleJob:
            logger.info("the job was retried before its old run was forgotten", job_id=job.id)


def _call_may_arrive(job: Job, found: bool, now: datetime) -> bool:
    """Whether a call may still bring a run: none was there yet, or one was given up while it was on its way."""
    order = job.dispatch
    fresh = now < (order.at if order else job.change.at) + lifecycle.LATE_CALL_WINDOW
    return fresh and (not found or bool(order and order.tries))


def _deadline(job: Job) -> datetime:
    """When every run of the ended job must be over: one without an order has only runs of earlier attempts."""
    if job.dispatch:
        return job.dispatch.deadline
    return job.change.at + timedelta(seconds=job.timeout_seconds)
