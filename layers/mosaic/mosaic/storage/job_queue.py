"""The queue of job messages. A message only names a job; the work to do is read from the job."""

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

# The longest delay of an SQS message, in seconds.
MAX_DELAY = 900


class JobMessage(Value):
    """A message that asks the stitcher to process a job."""

    workspace_id: str
    job_id: str


class QueueUnavailable(Exception):
    """The queue did not accept a message. The sweeper enqueues the job again at its due time."""


class Queue(Protocol):
    """The queue, as the services use it."""

    def send(self, message: JobMessage, delay_seconds: int = 0) -> None:
        """Enqueues the message, delayed by `delay_seconds` (at most MAX_DELAY). Raises QueueUnavailable."""


def message_for(job: Job) -> JobMessage:
    """Returns the message for `job`."""
    return JobMessage(workspace_id=job.workspace_id, job_id=job.id)


def connect(url: str) -> JobQueue:
    """Returns the queue at `url`, with timeouts below every function's own."""
    config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
    return JobQueue(aws.client("sqs", config), url)


class JobQueue:
    """The queue in SQS. A workspace is a message group, so that a busy workspace does not starve the others."""

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
