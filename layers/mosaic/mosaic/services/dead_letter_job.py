"""Dead-letter a job: fail the job of a message that could not be processed, and keep the message for operators."""

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
# The cleanup of an ended job is given up this long after the deadline of its run.
GIVE_UP_AFTER = timedelta(hours=1)
# A job is saved before its message is sent; the two clocks may differ by this much.
MAX_CLOCK_SKEW = timedelta(seconds=5)


class DeadLetterHandler:
    """Handles the messages that the stitcher failed to process in all its tries."""

    def __init__(
        self,
        jobs: Jobs,
        enqueuer: JobEnqueuer,
        dead_letters: DeadLetters,
        clock: Callable[[], datetime],
        tries: int,
    ) -> None:
        self._jobs = jobs
        self._enqueuer = enqueuer
        self._dead_letters = dead_letters
        self._clock = clock
        self._tries = tries

    def handle(self, body: str, sent_at: datetime) -> str:
        """Fails the job that the message names, then stores the message as a dead letter; returns the outcome.

        `sent_at` is when the message was first sent: a job that was changed later is left alone. Raises StaleJob
        and QueueUnavailable, after which the message should be delivered again.
        """
        outcome = self._outcome(body, sent_at)
        logger.error("a message could not be processed", tries=self._tries, outcome=outcome, body=body[:500])
        self._dead_letters.put(body, outcome)
        return outcome

    def _outcome(self, body: str, sent_at: datetime) -> str:
        try:
            message = JobMessage.model_validate_json(body)
        except ValidationError:
            return "not a job message"
        try:
            return self._fail(message, sent_at)
        except JobNotFound:
            return f"job {message.job_id} is not stored"
        except ValidationError as error:
            # An unreadable job cannot be failed; without its due time, the sweeps no longer retry it.
            self._jobs.exclude_from_sweep(message.workspace_id, message.job_id)
            logger.exception("a stored job cannot be read", job_id=message.job_id)
            return f"job {message.job_id} cannot be read: {error.error_count()} fields are invalid; it is unchanged"

    def _fail(self, message: JobMessage, sent_at: datetime) -> str:
        now = self._clock()

        def step(job: Job) -> Job:
            if job.status in lifecycle.ENDED or job.change.at > sent_at + MAX_CLOCK_SKEW:
                return job
            return lifecycle.fail(job, failed("dead_lettered", tries=self._tries), now, ACTOR)

        job, changed = change_and_enqueue(
            self._jobs, self._enqueuer, message.workspace_id, message.job_id, now, step
        )
        if changed:
            return f"job {job.id} failed"
        if job.status in lifecycle.ENDED:
            self._give_up_cleanup(job, now)
            return f"job {job.id} had ended"
        return f"job {job.id} has been changed since"

    def _give_up_cleanup(self, job: Job, now: datetime) -> None:
        """Clears the due time of an ended job whose runs must have ended long ago."""
        deadline = (
            job.dispatch.deadline if job.dispatch else job.change.at + timedelta(seconds=job.timeout_seconds)
        )
        if now >= deadline + GIVE_UP_AFTER:
            try:
                self._jobs.clear_due(job)
            except StaleJob:
                logger.info("the job was changed meanwhile", job_id=job.id)
