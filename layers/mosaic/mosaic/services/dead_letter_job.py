"""DeadLetterHandler: a message that could not be processed fails its job, and is kept for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from mosaic.jobs import lifecycle
from mosaic.jobs.errors import JobNotFound, StaleJob
from mosaic.jobs.failures import failed
from mosaic.jobs.model import Job
from mosaic.services.change_job import change_and_enqueue
from mosaic.services.enqueue_job import JobEnqueuer
from mosaic.storage.dead_letters import DeadLetters
from mosaic.storage.job_queue import JobMessage
from mosaic.storage.jobs import Jobs

logger = Logger(child=True)

ACTOR = "dead-letter"
# How long after its run's deadline an ended job is still cleaned up after, when that cannot be done.
GIVE_UP = timedelta(hours=1)
# A job is saved before its message is sent, by clocks that may differ by as much.
CLOCKS_APART = timedelta(seconds=5)


class DeadLetterHandler:
    """Takes what the stitcher could not process, however often it was tried."""

    def __init__(
        self,
        jobs: Jobs,
        enqueuer: JobEnqueuer,
        letters: DeadLetters,
        clock: Callable[[], datetime],
        tries: int,
    ) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._letters = letters
        self._clock = clock
        self._tries = tries

    def handle(self, body: str, sent_at: datetime) -> str:
        """Fail the job that the message names, then set the message aside; answers what became of the job.

        `sent_at` is when the message was first sent: a job that was changed after that is not stuck with it. Raises
        StaleJob and QueueUnavailable: come again.
        """
        said = self._said(body, sent_at)
        logger.error("a message could not be processed", tries=self._tries, outcome=said, body=body[:500])
        self._letters.put(body, said)
        return said

    def _said(self, body: str, sent_at: datetime) -> str:
        try:
            job_message = JobMessage.model_validate_json(body)
        except ValidationError:
            return "no message of ours"
        try:
            return self._fail(job_message, sent_at)
        except JobNotFound:
            return f"job {job_message.job_id} is not stored"
        except ValidationError as error:
            # The job cannot be failed by what cannot read it; that nobody tries again and again is all there is.
            self._jobs.exclude_from_sweep(job_message.workspace_id, job_message.job_id)
            logger.exception("a stored job cannot be read", job_id=job_message.job_id)
            return f"job {job_message.job_id} cannot be read, {error.error_count()} fields are wrong; it is as it was"

    def _fail(self, job_message: JobMessage, sent_at: datetime) -> str:
        now = self._clock()

        def step(job: Job) -> Job:
            if job.status in lifecycle.ENDED or job.change.at > sent_at + CLOCKS_APART:
                return job
            return lifecycle.fail(job, failed("dead_lettered", tries=self._tries), now, ACTOR)

        job, changed = change_and_enqueue(
            self._jobs, self._enqueuer, job_message.workspace_id, job_message.job_id, now, step
        )
        if changed:
            return f"job {job.id} failed"
        if job.status in lifecycle.ENDED:
            self._give_up(job, now)
            return f"job {job.id} had ended"
        return f"job {job.id} has been changed since"

    def _give_up(self, job: Job, now: datetime) -> None:
        """Cleaning up after a job whose every run is long over is not tried for ever."""
        over = (
            job.dispatch.deadline if job.dispatch else job.change.at + timedelta(seconds=job.timeout_seconds)
        )
        if now >= over + GIVE_UP:
            try:
                self._jobs.clear_due(job)
            except StaleJob:
                logger.info("the job has been changed meanwhile", job_id=job.id)
