"""The stream of the jobs table, to read records again after Lambda gave up. DynamoDB keeps them for a day."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore.config import Config
from botocore.exceptions import ClientError

from mosaic.storage import aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient

GONE = {"TrimmedDataAccessException", "ResourceNotFoundException", "ExpiredIteratorException"}
PAGE = 100
MAX_EMPTY_PAGES = 20


class RecordsGone(Exception):
    """The stream no longer has the records."""


class Stream(Protocol):
    """The stream, as the services use it."""

    def records(self, shard_id: str, first: str, last: str) -> Iterable[Mapping[str, Any]]:
        """Returns the records from sequence number `first` to `last`, in order. Raises RecordsGone if they
        are too old.
        """


class JobStream:
    """The stream in DynamoDB."""

    def __init__(self, client: DynamoDBStreamsClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    @classmethod
    def connect(cls, arn: str) -> JobStream:
        """Returns the stream with this ARN, with timeouts below every function's own."""
        config = Config(connect_timeout=1, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
        return cls(aws.client("dynamodbstreams", config), arn)

    def records(self, shard_id: str, first: str, last: str) -> Iterator[dict[str, Any]]:
        """See `Stream.records`."""
        try:
            for entry in self._from(shard_id, first):
                yield json.loads(json.dumps(entry, default=str))
                if int(entry["dynamodb"]["SequenceNumber"]) >= int(last):
                    return
        except ClientError as error:
            if error.response["Error"]["Code"] in GONE:
                raise RecordsGone(
                    "the stream no longer has these records, because it keeps them for a day"
                ) from error
            raise
        raise RecordsGone("the stream did not return all of these records")

    def _from(self, shard_id: str, first: str) -> Iterator[Any]:
        """Returns the shard's records. A page may be empty although more follow."""
        iterator: str | None = self._client.get_shard_iterator(
            StreamArn=self._arn,
            ShardId=shard_id,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=first,
        ).get("ShardIterator")
        empty = 0
        while iterator and empty < MAX_EMPTY_PAGES:
            page = self._client.get_records(ShardIterator=iterator, Limit=PAGE)
            yield from page["Records"]
            empty = 0 if page["Records"] else empty + 1
            iterator = page.get("NextShardIterator")
