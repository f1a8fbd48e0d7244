"""Dead letters: messages that were set aside for people, until somebody has them done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mosaic.storage import aws
from mosaic.storage.job_queue import QueueUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# How long nobody else gets what somebody is looking at: longer than any function of ours runs.
HIDDEN_SECONDS = 90
AT_ONCE = 10


@dataclass(frozen=True)
class DeadLetter:
    """A message that was set aside, and the handle by which it is dealt with."""

    body: str
    handle: str


class DeadLetters(Protocol):
    """What the flows need of a dead-letter queue. All methods raise QueueUnavailable."""

    def put(self, body: str, reason: str) -> None:
        """Set a message aside, with the reason for people."""

    def receive(self) -> tuple[DeadLetter, ...]:
        """Up to AT_ONCE letters that nobody else sees for a while, in no order; none when there are none."""

    def delete(self, dead_letter: DeadLetter) -> None:
        """The letter is done."""

    def release(self, dead_letter: DeadLetter) -> None:
        """The letter can be taken again, by anybody."""


class DeadLetterQueue:
    """Dead letters in SQS."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    @classmethod
    def connect(cls, url: str) -> DeadLetterQueue:
        """The queue at `url`, with timeouts below every function's own."""
        config = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
        return cls(aws.client("sqs", config), url)

    def put(self, body: str, reason: str) -> None:
        """See `DeadLetters.put`."""
        told = {"reason": {"DataType": "String", "StringValue": reason[:200]}}
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=told)  # type: ignore[arg-type]
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"a message was not set aside: {error}") from error

    def receive(self) -> tuple[DeadLetter, ...]:
        """See `DeadLetters.receive`."""
        try:
            found = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=AT_ONCE, VisibilityTimeout=HIDDEN_SECONDS
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"the dead letters cannot be read: {error}") from error
        return tuple(DeadLetter(each["Body"], each["ReceiptHandle"]) for each in found.get("Messages", []))

    def delete(self, dead_letter: DeadLetter) -> None:
        """See `DeadLetters.delete`."""
        try:
            self._client.delete_message(QueueUrl=self._url, ReceiptHandle=dead_letter.handle)
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"a dead letter cannot be dropped: {error}") from error

    def release(self, dead_letter: DeadLetter) -> None:
        """See `DeadLetters.release`."""
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=dead_letter.handle, VisibilityTimeout=0
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(f"a dead letter cannot be left: {error}") from error
