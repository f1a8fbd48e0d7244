"""Cleanup: what the gateway still holds of an ended job is stopped and removed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from mosaic.flows.waker import Waker
from mosaic.jobs import lifecycle, run
from mosaic.jobs.errors import StaleJob
from mosaic.jobs.model import Job
from mosaic.jobs.parts import Declaration
from mosaic.jobs.states import JobStatus
from mosaic.jobs.store import Jobs
from mosaic.openclaw.errors import GatewayError
from mosaic.openclaw.model import RunGateway

logger = Logger(child=True)

ACTOR = "stitcher"
# How long a gateway that does not answer is asked to forget a run that has ended anyway.
FORGET = timedelta(hours=24)


class Cleanup:
    """Stops the runs of cancelled jobs and has the gateway forget those of ended ones."""

    def __init__(self, jobs: Jobs, gateway: RunGateway, waker: Waker, clock: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._gateway = gateway
        self._waker = waker
        self._clock = clock

    def clean(self, job: Job, now: datetime) -> None:
        """Remove every run of the ended job at the gateway, as far as that can be done now.

        A call that is still on its way may bring a run after that, so the job stays due until it cannot.
        """
        if job.due_at is None or now < job.due_at:
            return
        try:
            found = [self._remove(declaration) for declaration in job.declarations]
        except GatewayError as error:
            self._not_now(job, now, str(error))
            return
        if _call_may_arrive(job, all(found), now):
            return
        self._done(job, True, now)

    def forget_leftovers(self, job: Job) -> None:
        """Remove the runs of earlier attempts, which the gateway may retry by itself, if it can be asked now."""
        try:
            for declaration in job.leftovers:
                self._remove(declaration)
        except GatewayError as error:
            logger.warning("the gateway cannot be told to forget a run", job_id=job.id, reason=str(error))

    def _remove(self, declaration: Declaration) -> bool:
        if declaration.id and self._gateway.remove(declaration.id):
            return True
        held = self._gateway.find(declaration.key)
        return held is not None and self._gateway.remove(held.id)

    def _not_now(self, job: Job, now: datetime, reason: str) -> None:
        logger.warning("the gateway cannot be told to stop a run", job_id=job.id, reason=reason)
        patience = timedelta() if job.status is JobStatus.CANCELLED else FORGET
        if now >= _deadline(job) + patience:
            self._done(job, False, now)

    def _done(self, job: Job, confirmed: bool, now: datetime) -> None:
        if job.status is JobStatus.CANCELLED:
            self._jobs.save(run.stopped(job, confirmed, now, ACTOR))
        else:
            self._settle(job)

    def _settle(self, job: Job) -> None:
        try:
            self._jobs.settle(job)
        except StaleJob:
            logger.info("the job was retried before its old run was forgotten", job_id=job.id)


def _call_may_arrive(job: Job, found: bool, now: datetime) -> bool:
    """Whether a call may still bring a run: none was there yet, or one was given up while it was on its way."""
    order = job.dispatch
    fresh = now < (order.at if order else job.change.at) + lifecycle.LATE_CALL
    return fresh and (not found or bool(order and order.tries))


def _deadline(job: Job) -> datetime:
    """When every run of the ended job must be over: one without an order has only runs of earlier attempts."""
    if job.dispatch:
        return job.dispatch.deadline
    return job.change.at + timedelta(seconds=job.timeout_seconds)
