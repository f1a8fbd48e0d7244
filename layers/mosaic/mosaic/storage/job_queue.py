"""Asking for work on a job: a message that names it. What is to be done is read from the job itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mosaic.base import Value
from mosaic.jobs.model import Job
from mosaic.storage import aws

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# SQS delays a message by at most this many seconds.
MAX_DELAY = 900


class JobMessage(Value):
    """Somebody should look at this job."""

    workspace_id: str
    job_id: str


class QueueUnavailable(Exception):
    """The queue did not take a message; the job's due time brings the job back."""


class Queue(Protocol):
    """What the flows need of the queue."""

    def send(self, message: JobMessage, delay_seconds: int = 0) -> None:
        """Ask for work on the job, not before `delay_seconds` (at most MAX_DELAY) have passed.

        Raises QueueUnavailable.
        """


def message_for(job: Job) -> JobMessage:
    """The message that asks for work on `job`."""
    return JobMessage(workspace_id=job.workspace_id, job_id=job.id)


def connect(url: str) -> JobQueue:
    """The queue at `url`, with timeouts below every function's own."""
    config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
    return JobQueue(aws.client("sqs", config), url)


class JobQueue:
    """The queue in SQS; a workspace is a message group, so that a busy one does not starve the others."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: JobMessage, delay_seconds: int = 0) -> None:
        """See `Queue.send`."""
        try:
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=json.dumps(message.model_dump(by_alias=True)),
                MessageGroupId=message.workspace_id,
                DelaySeconds=min(delay_seconds, MAX_DELAY),
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"the message for job {message.job_id} was not sent: {error}") from error
