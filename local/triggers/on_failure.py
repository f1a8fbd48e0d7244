"""The on-failure destination of a stream's event source mapping."""

import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.cloud.moto import Cloud
from local.errors import LocalError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Json = dict[str, Any]

_log = logging.getLogger(__name__)


class OnFailureQueue:
    """Reports records that a function did not process, in Lambda's format: their position, not their content."""

    def __init__(self, queue_arn: str | None, cloud: Cloud, function_arn: str, stream: str, shard_id: str):
        """Without a queue, abandoned records are only logged.

        Raises LocalError for a destination that is not a queue.
        """
        self._client: SQSClient = cloud.client("sqs")
        self._function_arn = function_arn
        self._stream = stream
        self._shard_id = shard_id
        self._url: str | None = None
        if queue_arn is not None:
            if ":sqs:" not in queue_arn:
                raise LocalError(f"on-failure destination {queue_arn} does not run locally")
            self._url = self._client.get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]

    def send(self, batch: Sequence[Mapping[str, Any]], tries: int) -> None:
        """Reports a batch that is abandoned after `tries` attempts."""
        _log.error("%s: gave up %d records after %d tries", self._function_arn, len(batch), tries)
        if self._url is not None:
            self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(self._report(batch, tries)))

    def _report(self, batch: Sequence[Mapping[str, Any]], tries: int) -> Json:
        first, last = batch[0]["dynamodb"], batch[-1]["dynamodb"]
        return {
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": self._function_arn,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": tries,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "version": "1.0",
            "timestamp": _time(datetime.now(UTC).timestamp()),
            "DDBStreamBatchInfo": {
                "shardId": self._shard_id,
                "startSequenceNumber": first["SequenceNumber"],
                "endSequenceNumber": last["SequenceNumber"],
                "approximateArrivalOfFirstRecord": _time(first["ApproximateCreationDateTime"]),
                "approximateArrivalOfLastRecord": _time(last["ApproximateCreationDateTime"]),
                "batchSize": len(batch),
                "streamArn": self._stream,
            },
        }


def _time(timestamp: float) -> str:
    moment = datetime.fromtimestamp(timestamp, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
