"""The fake queue and SQS, for one contract suite."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from mosaic.storage.job_queue import JobMessage, JobQueue, Queue
from tests.fakes.clock import FakeClock
from tests.fakes.storage.job_queue import FakeQueue, Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

UNLIMITED = 1000
"""More receives than any test makes."""


class QueueBackend(Protocol):
    """A queue and its consumer's side."""

    queue: Queue

    def received(self) -> list[dict[str, str]]:
        """Returns the bodies of the visible messages, each with its `group`."""

    def delayed(self) -> int:
        """Returns the number of invisible messages."""

    def make_unreachable(self) -> None:
        """Makes the queue unreachable."""


class FakeQueueBackend:
    """The fake queue. It has no groups; every message counts as its workspace's."""

    def __init__(self, queue: FakeQueue) -> None:
        self.queue: Queue = queue
        self._fake = queue

    def received(self) -> list[dict[str, str]]:
        bodies = []
        while message := self._fake.receive():
            self._fake.delete(message)
            bodies.append(
                {**message.job_message.model_dump(by_alias=True), "group": message.job_message.workspace_id}
            )
        return bodies

    def delayed(self) -> int:
        return len(self._fake.messages)

    def make_unreachable(self) -> None:
        self._fake.down = True


class SqsQueueBackend:
    """A queue in SQS."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self.queue: Queue = JobQueue(client, url)
        self._client = client
        self._url = url

    def received(self) -> list[dict[str, str]]:
        response = self._client.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
        )
        return [
            {**json.loads(message["Body"]), "group": message["Attributes"]["MessageGroupId"]}
            for message in response.get("Messages", [])
        ]

    def delayed(self) -> int:
        attributes = self._client.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
        )
        return int(attributes["Attributes"]["ApproximateNumberOfMessagesDelayed"])

    def make_unreachable(self) -> None:
        self._client.delete_queue(QueueUrl=self._url)


class Consumer(Protocol):
    """A consumer that receives messages and does not delete them."""

    def receive(self) -> str | None:
        """Returns the job id of the visible message; None without one."""

    def show_again(self) -> None:
        """Ends the visibility timeout of the received message."""

    def dead(self) -> int:
        """Returns the number of messages in the dead-letter queue."""


class FakeConsumer:
    """The consumer of the fake queue."""

    def __init__(self, queue: FakeQueue, clock: FakeClock) -> None:
        self._queue, self._clock = queue, clock
        self._held: Message | None = None

    def receive(self) -> str | None:
        found = self._queue.receive()
        self._held = found or self._held
        return found.job_message.job_id if found else None

    def show_again(self) -> None:
        assert self._held
        self._queue.show(self._held, self._clock())

    def dead(self) -> int:
        return len(self._queue.dead)


class SqsConsumer:
    """The consumer of an SQS queue."""

    def __init__(self, client: SQSClient, url: str, dead_url: str) -> None:
        self._client, self._url, self._dead_url = client, url, dead_url
        self._handle = ""

    def receive(self) -> str | None:
        found = self._client.receive_message(QueueUrl=self._url).get("Messages", [])
        if not found:
            return None
        self._handle = found[0]["ReceiptHandle"]
        return str(json.loads(found[0]["Body"])["jobId"])

    def show_again(self) -> None:
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=self._handle, VisibilityTimeout=0
        )

    def dead(self) -> int:
        return len(self._client.receive_message(QueueUrl=self._dead_url).get("Messages", []))


class RedriveChain(Protocol):
    """Three queues with one message in the first. Each is the dead-letter queue of the one before."""

    def receive(self, queue: int) -> int | None:
        """Receives without deleting, and makes the message visible again. Returns its receive count; None
        without one.
        """


class FakeChain:
    """The chain of fake queues, which moves dead messages as SQS does."""

    def __init__(self, clock: FakeClock, limits: tuple[int, int], job_message: JobMessage) -> None:
        self._clock = clock
        self._queues = [FakeQueue(clock, max_receives=limit) for limit in (*limits, UNLIMITED)]
        self._queues[0].send(job_message)

    def receive(self, queue: int) -> int | None:
        found = self._queues[queue].receive()
        for before, after in pairwise(self._queues):
            while before.dead:
                after.adopt(before.dead.pop())
        if found is None:
            return None
        self._queues[queue].show(found, self._clock())
        return found.receives


class SqsChain:
    """The chain of SQS queues."""

    def __init__(self, client: SQSClient, limits: tuple[int, int], job_message: JobMessage) -> None:
        self._client = client
        last = self._create()
        middle = self._create(last, limits[1])
        self._urls = (self._create(middle, limits[0]), middle, last)
        JobQueue(client, self._urls[0]).send(job_message)

    def receive(self, queue: int) -> int | None:
        found = self._client.receive_message(
            QueueUrl=self._urls[queue], MessageSystemAttributeNames=["ApproximateReceiveCount"]
        ).get("Messages", [])
        return int(found[0]["Attributes"]["ApproximateReceiveCount"]) if found else None

    def _create(self, dead_letters: str | None = None, limit: int = UNLIMITED) -> str:
        attributes: dict[QueueAttributeNameType, str] = {"VisibilityTimeout": "0"}
        if dead_letters:
            found = self._client.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])
            policy = {"deadLetterTargetArn": found["Attributes"]["QueueArn"], "maxReceiveCount": limit}
            attributes["RedrivePolicy"] = json.dumps(policy)
        return self._client.create_queue(QueueName=uuid4().hex, Attributes=attributes)["QueueUrl"]
