"""Waking the stitcher. The job's due time is the promise, the message only the haste."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from aws_lambda_powertools import Logger

from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.storage.job_queue import MAX_DELAY, JobMessage, Queue, QueueUnavailable, message_for

logger = Logger(child=True)


# From this priority on a job's messages take the urgent lane, past all that wait in the other.
URGENT_FROM_PRIORITY = 7


class JobEnqueuer:
    """Wakes the stitcher for a job that has something to be done soon, in the lane that its priority calls for."""

    def __init__(self, queue: Queue, urgent: Queue | None = None) -> None:
        self._queue = queue
        self._urgent = urgent or queue

    def enqueue(self, job: Job, now: datetime, moment: datetime | None = None) -> bool:
        """Send the job's message, delayed to `moment` or until there is something to do; whether it was sent.

        One that would have to wait for longer than a queue can is not; a queue that cannot be reached is only logged.
        """
        seconds = ceil(((moment or _next_moment(job)) - now).total_seconds())
        if seconds > MAX_DELAY:
            return False
        lane = self._urgent if job.priority >= URGENT_FROM_PRIORITY else self._queue
        return _sent(lane, message_for(job), max(0, seconds))

    def enqueue_unread(self, workspace_id: str, job_id: str) -> bool:
        """Send the message of a job of which nothing else is known; whether it was sent."""
        return _sent(self._queue, JobMessage(workspace_id=workspace_id, job_id=job_id), 0)


def _sent(lane: Queue, message: JobMessage, seconds: int) -> bool:
    try:
        lane.send(message, seconds)
    except QueueUnavailable as error:
        logger.warning("the sweeper will find the job", job_id=message.job_id, reason=str(error))
        return False
    return True


def _next_moment(job: Job) -> datetime:
    if job.waiting is Waiting.DELAY and job.run_at:
        return job.run_at
    if job.status is JobStatus.QUEUED:
        return job.change.at if job.earlier_runs else job.retry_at or job.change.at
    return job.due_at or job.change.at
