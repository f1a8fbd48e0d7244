"""The two queues that one contract suite runs over, with what can be seen in them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from mosaic.storage.job_queue import JobMessage, JobQueue, Queue
from tests.fakes.clock import FakeClock
from tests.fakes.job_queue import FakeQueue, Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

UNLIMITED = 1000
"""More receives than any test makes."""


class QueueBackend(Protocol):
    """A queue, and its consumer's side."""

    queue: Queue

    def received(self) -> list[dict[str, str]]:
        """The bodies of the messages that can be seen now, each with the `group` it was sent in."""

    def delayed(self) -> int:
        """How many messages nobody can see yet."""

    def take_away(self) -> None:
        """From now on the queue cannot be reached."""


class FakeQueueBackend:
    """The fake. It needs no groups, for it starves nobody; every message is its workspace's."""

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

    def take_away(self) -> None:
        self._fake.down = True


class SqsQueueBackend:
    """A queue in SQS."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self.queue: Queue = JobQueue(client, url)
        self._client = client
        self._url = url

    def received(self) -> list[dict[str, str]]:
        answer = self._client.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
        )
        return [
            {**json.loads(message["Body"]), "group": message["Attributes"]["MessageGroupId"]}
            for message in answer.get("Messages", [])
        ]

    def delayed(self) -> int:
        told = self._client.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
        )
        return int(told["Attributes"]["ApproximateNumberOfMessagesDelayed"])

    def take_away(self) -> None:
        self._client.delete_queue(QueueUrl=self._url)


class Consumer(Protocol):
    """Who takes messages from a queue with one message and does not delete them."""

    def receive(self) -> str | None:
        """The job of the message that can be seen; None when there is none."""

    def show_again(self) -> None:
        """The time is up for which nobody else saw the message."""

    def dead(self) -> int:
        """How many messages are in the dead-letter queue."""


class FakeConsumer:
    """The fake's."""

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
    """SQS's."""

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
    """Three queues, each the dead-letter queue of the one before, with one message in the first."""

    def receive(self, queue: int) -> int | None:
        """Receive from a queue without deleting, and show the message again; its receive count, None without one."""


class FakeChain:
    """The fake's. It moves what a queue gives up, as SQS does."""

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
    """SQS's."""

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
