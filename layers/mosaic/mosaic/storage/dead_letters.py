"""Dead letters: messages that could not be processed, kept until they are redriven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mosaic.storage import aws
from mosaic.storage.job_queue import QueueUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# The visibility timeout of a received dead letter, longer than any function runs.
HIDDEN_SECONDS = 90
AT_ONCE = 10


@dataclass(frozen=True)
class DeadLetter:
    """A message that could not be processed, and its receipt handle."""

    body: str
    handle: str


class DeadLetters(Protocol):
    """A dead-letter queue, as the services use it. All methods raise QueueUnavailable."""

    def put(self, body: str, reason: str) -> None:
        """Adds a message with a reason for people."""

    def receive(self) -> tuple[DeadLetter, ...]:
        """Returns up to AT_ONCE dead letters, in no order, and hides them for HIDDEN_SECONDS."""

    def delete(self, dead_letter: DeadLetter) -> None:
        """Deletes a received dead letter."""

    def release(self, dead_letter: DeadLetter) -> None:
        """Makes a received dead letter visible again."""


class DeadLetterQueue:
    """A dead-letter queue in SQS."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    @classmethod
    def connect(cls, url: str) -> DeadLetterQueue:
        """Returns the queue at `url`, with timeouts below every function's own."""
        config = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
        return cls(aws.client("sqs", config), url)

    def put(self, body: str, reason: str) -> None:
        """See `DeadLetters.put`."""
        attributes = {"reason": {"DataType": "String", "StringValue": reason[:200]}}
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes)  # type: ignore[arg-type]
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"the message was not added to the dead letters: {error}") from error

    def receive(self) -> tuple[DeadLetter, ...]:
        """See `DeadLetters.receive`."""
        try:
            response = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=AT_ONCE, VisibilityTimeout=HIDDEN_SECONDS
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"the dead letters cannot be read: {error}") from error
        return tuple(
            DeadLetter(message["Body"], message["ReceiptHandle"]) for message in response.get("Messages", [])
        )

    def delete(self, dead_letter: DeadLetter) -> None:
        """See `DeadLetters.delete`."""
        try:
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=dead_letter.handle)
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"a dead letter cannot be deleted: {error}") from error

    def release(self, dead_letter: DeadLetter) -> None:
        """See `DeadLetters.release`."""
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=dead_letter.handle, VisibilityTimeout=0
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"a dead letter cannot be released: {error}") from error
