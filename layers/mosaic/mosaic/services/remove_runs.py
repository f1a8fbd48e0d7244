"""Remove the runs of an ended job from the gateway, and stop the runs that still go on."""

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
from mosaic.services.stop_run import StopResult, remove_ended_run, stop
from mosaic.storage.jobs import Jobs

logger = Logger(child=True)

ACTOR = "stitcher"
# The removal of a run is given up this long after the run's deadline.
GIVE_UP_AFTER = timedelta(hours=24)


class RunRemoval:
    """Stops the runs of cancelled jobs, and removes the runs of ended jobs from the gateway."""

    def __init__(
        self, jobs: Jobs, gateway: RunGateway, enqueuer: JobEnqueuer, clock: Callable[[], datetime]
    ) -> None:
        self._jobs = jobs
        self._gateway = gateway
        self._enqueuer = enqueuer
        self._clock = clock

    def remove_runs(self, job: Job, now: datetime) -> None:
        """Removes every run of the ended job at the gateway, as far as possible now.

        A call that is still on its way may start a run later. The job stays due until that is impossible.
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
            self._postpone(job, now, unstopped.summary)
        elif fire_and_forget.is_fire_and_forget(job) or not stops:
            self._done(job, StepStatus.SKIPPED, fire_and_forget.CANNOT_STOP, now)
        elif not _call_may_arrive(job, all(stopped.existed for stopped in stops), now):
            self._done(job, StepStatus.COMPLETED, stops[-1].summary, now)

    def remove_leftovers(self, job: Job) -> None:
        """Removes the runs of earlier attempts if possible now; makes no call while the job waits for the gateway."""
        if job.waiting is Waiting.GATEWAY:
            return
        try:
            self._stop(job.earlier_runs)
        except GatewayError as error:
            logger.warning("the run of an earlier attempt was not removed", job_id=job.id, reason=str(error))

    def _stop(self, runs: tuple[RunHandle, ...]) -> list[StopResult]:
        return [stop(self._gateway, run) for run in runs if run.can_be_stopped]

    def _stop_latest(self, job: Job) -> list[StopResult]:
        latest = job.run_handles[len(job.earlier_runs) :]
        if job.result is None:
            return self._stop(latest)
        return [remove_ended_run(self._gateway, run) for run in latest if run.can_be_stopped]

    def _postpone(self, job: Job, now: datetime, reason: str) -> None:
        logger.warning("a run is not stopped yet", job_id=job.id, reason=reason)
        if now >= _deadline(job) + GIVE_UP_AFTER:
            self._done(job, StepStatus.FAILED, f"the stop was not confirmed within a day: {reason}", now)

    def _done(self, job: Job, status: StepStatus, summary: str, now: datetime) -> None:
        if attempt.awaits_stop_result(job):
            self._jobs.save(attempt.stopped(job, status, summary, now, ACTOR))
        else:
            self._settle(job)

    def _settle(self, job: Job) -> None:
        try:
            self._jobs.clear_due(job)
        except StaleJob:
            logger.info("the job was retried before its old run was removed", job_id=job.id)


def _call_may_arrive(job: Job, found: bool, now: datetime) -> bool:
    """Whether a late call may still start a run: none was found yet, or a call to the gateway failed on its way."""
    dispatch = job.dispatch
    fresh = now < (dispatch.at if dispatch else job.change.at) + lifecycle.LATE_CALL_WINDOW
    return fresh and (not found or bool(dispatch and dispatch.tries))


def _deadline(job: Job) -> datetime:
    """Returns when every run of the ended job must be over; without a dispatch, only earlier attempts had runs."""
    if job.dispatch:
        return job.dispatch.deadline
    return job.change.at + timedelta(seconds=job.timeout_seconds)
