"""Enqueue a job: send its message to the priority queue that it belongs to.

A message only makes processing sooner. A lost message is replaced by the sweep when the job's due time comes.
"""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Self

from aws_lambda_powertools import Logger

from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.storage.job_queue import MAX_DELAY, JobMessage, Queue, QueueUnavailable, connect, message_for

logger = Logger(child=True)


# Jobs of this priority or higher go to the urgent queue.
URGENT_FROM_PRIORITY = 7


class JobEnqueuer:
    """Sends job messages to the `default` or the `urgent` queue."""

    def __init__(self, queue: Queue, urgent: Queue | None = None) -> None:
        self._queue = queue
        self._urgent = urgent or queue

    @classmethod
    def connect(cls, url: str, urgent_url: str) -> Self:
        """Returns an enqueuer for the two queues in SQS."""
        return cls(connect(url), connect(urgent_url))

    def enqueue(self, job: Job, now: datetime, moment: datetime | None = None) -> bool:
        """Sends the job's message, delayed to `moment` or to the job's next step; returns whether it was sent.

        A message that needs a longer delay than the queue allows is not sent. An unreachable queue is only logged.
        """
        seconds = ceil(((moment or _next_moment(job)) - now).total_seconds())
        if seconds > MAX_DELAY:
            return False
        queue = self._urgent if job.priority >= URGENT_FROM_PRIORITY else self._queue
        return _send(queue, message_for(job), max(0, seconds))

    def enqueue_unread(self, workspace_id: str, job_id: str) -> bool:
        """Sends the message of a job that could not be read; returns whether it was sent."""
        return _send(self._queue, JobMessage(workspace_id=workspace_id, job_id=job_id), 0)


def _send(queue: Queue, message: JobMessage, seconds: int) -> bool:
    try:
        queue.send(message, seconds)
    except QueueUnavailable as error:
        logger.warning(
            "a job was not enqueued; a sweep will find it", job_id=message.job_id, reason=str(error)
        )
        return False
    return True


def _next_moment(job: Job) -> datetime:
    if job.waiting is Waiting.DELAY and job.run_at:
        return job.run_at
    if job.status is JobStatus.QUEUED:
        return job.change.at if job.earlier_runs else job.retry_at or job.change.at
    return job.due_at or job.change.at
