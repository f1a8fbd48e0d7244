"""The queue of repair requests to the recorder, the only writer of the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mosaic.base import Value
from mosaic.redaction import RedactedText
from mosaic.storage import aws
from mosaic.storage.job_queue import QueueUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class RepairRequest(Value):
    """A request to repair a job's event log."""

    workspace_id: str
    job_id: str
    actor: str
    reason: RedactedText | None = None


class Repairs(Protocol):
    """The repair queue, as the API uses it."""

    def request(self, request: RepairRequest) -> None:
        """Enqueues the request. Raises QueueUnavailable."""


class RepairQueue:
    """The repair queue in SQS."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    @classmethod
    def connect(cls, url: str) -> RepairQueue:
        """Returns the queue at `url`, with timeouts below every function's own."""
        config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
        return cls(aws.client("sqs", config), url)

    def request(self, request: RepairRequest) -> None:
        """See `Repairs.request`."""
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=request.model_dump_json(by_alias=True))
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(
                f"the repair of job {request.job_id} was not requested: {error}"
            ) from error
