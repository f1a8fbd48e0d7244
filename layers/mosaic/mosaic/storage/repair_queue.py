"""Asking the recorder to look after a job's log, which nobody else may write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mosaic.base import Value
from mosaic.storage import aws
from mosaic.storage.job_queue import QueueUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class RepairRequest(Value):
    """Somebody wants a job's log looked after."""

    workspace_id: str
    job_id: str
    actor: str
    reason: str | None = None


class Repairs(Protocol):
    """What the API needs of the recorder."""

    def request(self, request: RepairRequest) -> None:
        """Have the log looked after soon. Raises QueueUnavailable."""


class RepairQueue:
    """Requests for repair in SQS."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    @classmethod
    def connect(cls, url: str) -> RepairQueue:
        """The queue at `url`, with timeouts below every function's own."""
        config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
        return cls(aws.client("sqs", config), url)

    def request(self, request: RepairRequest) -> None:
        """See `Repairs.request`."""
        try:
            self._client.send_message(QueueUrl=self._url, MessageBody=request.model_dump_json(by_alias=True))
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable(
                f"the repair of job {request.job_id} was not asked for: {error}"
            ) from error
