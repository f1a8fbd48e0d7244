"""The two queues that one contract suite runs over, with what can be seen in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from mosaic.jobs.queue import JobQueue, Queue
from tests.fakes.queue import FakeQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class QueueWorld(Protocol):
    """A queue, and its consumer's side."""

    queue: Queue

    def received(self) -> list[dict[str, str]]:
        """The bodies of the messages that can be seen now, each with the `group` it was sent in."""

    def delayed(self) -> int:
        """How many messages nobody can see yet."""

    def take_away(self) -> None:
        """From now on the queue cannot be reached."""


class FakeQueueWorld:
    """The fake. It needs no groups, for it starves nobody; every message is its workspace's."""

    def __init__(self, queue: FakeQueue) -> None:
        self.queue: Queue = queue
        self._fake = queue

    def received(self) -> list[dict[str, str]]:
        bodies = []
        while message := self._fake.receive():
            self._fake.delete(message)
            bodies.append({**message.wake.model_dump(by_alias=True), "group": message.wake.workspace_id})
        return bodies

    def delayed(self) -> int:
        return len(self._fake.messages)

    def take_away(self) -> None:
        self._fake.down = True


class SqsWorld:
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
