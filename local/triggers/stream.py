"""A DynamoDB stream's event source mapping: delivers records in order, and stops at the first failure.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

import base64
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from local.cloud.moto import Cloud
from local.errors import FunctionError
from local.functions.function_pools import Functions
from local.triggers.batch import REPORTS_FAILURES, failed_items, require_known
from local.triggers.on_failure import OnFailureQueue

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_dynamodbstreams.type_defs import GetRecordsOutputTypeDef

Json = dict[str, Any]

_KNOWN = {
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "Enabled",
    "EventSourceArn",
    "FunctionName",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",  # the batching window, which is always zero here
    "MaximumRetryAttempts",
    "StartingPosition",
    "Tags",
}
_BUSY_PAUSE_SECONDS = 0.1
_IDLE_PAUSE_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 1.0


class StreamSettings:
    """A mapping's settings for batches and failures."""

    def __init__(self, logical_id: str, mapping: Mapping[str, Any]):
        """Reads a resolved mapping; raises LocalError for unsupported settings."""
        require_known(logical_id, mapping, _KNOWN)
        self.function = str(mapping["FunctionName"])
        self.stream = str(mapping["EventSourceArn"])
        self.batch_size = int(mapping.get("BatchSize", 100))
        self.bisects = bool(mapping.get("BisectBatchOnFunctionError", False))
        self.reports_failures = REPORTS_FAILURES in mapping.get("FunctionResponseTypes", [])
        self.retries = int(mapping.get("MaximumRetryAttempts", -1))
        self.position = str(mapping["StartingPosition"])
        self.on_failure = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")


class ShardPoller:
    """Reads one shard and delivers its records to the function in order, with retries.

    A failing record blocks the records after it until it succeeds or has no retries left. Then it goes to the
    on-failure queue and the shard continues. With bisecting, a failing batch is halved until the failing
    record is alone, so that the records beside it are still processed.
    """

    def __init__(
        self,
        settings: StreamSettings,
        shard_id: str,
        cloud: Cloud,
        functions: Functions,
        stopping: threading.Event,
    ):
        self._settings = settings
        self._client: DynamoDBStreamsClient = cloud.client("dynamodbstreams")
        errors = self._client.exceptions
        self._lost_iterators = (errors.TrimmedDataAccessException, errors.ExpiredIteratorException)
        self._functions = functions
        self._stopping = stopping
        self._pause = _BUSY_PAUSE_SECONDS
        self._on_failure = OnFailureQueue(
            settings.on_failure, cloud, functions.get(settings.function).arn, settings.stream, shard_id
        )
        self._shard_id = shard_id
        self._last: str | None = None
        self._iterator = self._resumed_iterator()

    def step(self) -> None:
        """Reads the new records and delivers them; each empty read makes the pause longer."""
        if self._iterator is None:  # the shard is closed
            self._stopping.wait()
            return
        try:
            page = self._client.get_records(ShardIterator=self._iterator, Limit=self._settings.batch_size)
        except self._lost_iterators:
            self._iterator = self._resumed_iterator()
            self._stopping.wait(_BUSY_PAUSE_SECONDS)
            return
        records = _records(page, self._settings.stream)
        if records:
            self.deliver(records)
        if page["Records"]:
            self._last = page["Records"][-1]["dynamodb"]["SequenceNumber"]
        self._iterator = page.get("NextShardIterator")
        self._pause = _BUSY_PAUSE_SECONDS if records else min(_IDLE_PAUSE_SECONDS, self._pause * 1.2)
        self._stopping.wait(self._pause)

    def _resumed_iterator(self) -> str | None:
        """Returns an iterator after the last record read; at first, one at the mapping's starting position."""
        position: Json = {
            "ShardIteratorType": "LATEST" if self._settings.position == "LATEST" else "TRIM_HORIZON"
        }
        if self._last:
            position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._last}
        return self._client.get_shard_iterator(
            StreamArn=self._settings.stream, ShardId=self._shard_id, **position
        )["ShardIterator"]

    def deliver(self, batch: Sequence[Json]) -> None:
        """Delivers a batch; returns when each record was processed or abandoned, or the stack stops."""
        tries = 0
        while batch and not self._stopping.is_set():
            done = self._done(batch)
            tries = tries + 1 if done == 0 else 0
            if done > 0:
                batch = batch[done:]
            elif self._settings.bisects and len(batch) > 1:
                half = len(batch) // 2
                self.deliver(batch[:half])
                batch, tries = batch[half:], 0
            elif 0 <= self._settings.retries < tries:
                self._on_failure.send(batch, tries)
                return
            else:
                self._stopping.wait(min(_LONGEST_BACKOFF_SECONDS, 0.1 * 2 ** (tries - 1)))

    def _done(self, batch: Sequence[Json]) -> int:
        """Invokes the function; returns the number of processed records from the start of the batch."""
        try:
            response = self._functions.invoke(self._settings.function, {"Records": batch})
        except FunctionError:
            return 0
        if not self._settings.reports_failures:
            return len(batch)
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        failed = failed_items(response, numbers)
        return next((index for index, number in enumerate(numbers) if number in failed), len(batch))


def latest_stream(settings: StreamSettings, cloud: Cloud) -> str:
    """Returns the ARN of the table's stream; a DynamoDB other than moto's chooses its own stream names."""
    table = settings.stream.split("/")[1]
    stream: str = cloud.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    return stream


def shard_ids(settings: StreamSettings, cloud: Cloud) -> list[str]:
    """Returns the shards of a mapping's stream; moto's streams have one shard and never split it."""
    client: DynamoDBStreamsClient = cloud.client("dynamodbstreams")
    description = client.describe_stream(StreamArn=settings.stream)["StreamDescription"]
    return [shard["ShardId"] for shard in description["Shards"]]


def _records(page: "GetRecordsOutputTypeDef", stream: str) -> list[Json]:
    plain = json.loads(json.dumps(page["Records"], default=_plain))
    return [{**record, "eventSourceARN": stream} for record in plain if not _changes_nothing(record)]


def _changes_nothing(record: Json) -> bool:
    # Moto writes a record for a put that changes nothing; DynamoDB does not.
    change = record["dynamodb"]
    return (
        record["eventName"] == "MODIFY"
        and "OldImage" in change
        and change["OldImage"] == change.get("NewImage")
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} cannot be converted to JSON")
