"""The repair queue and the jobs table's stream in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from mosaic.storage.job_stream import RecordsGone
from mosaic.storage.repair_queue import RepairRequest

Entry = Mapping[str, Any]


class FakeRepairs:
    """`Repairs` that keeps the requests and passes them on as the queue does."""

    def __init__(self, put: Callable[[str], object] = lambda _: None) -> None:
        self._put = put
        self.requests: list[RepairRequest] = []

    def request(self, request: RepairRequest) -> None:
        """See `Repairs.request`."""
        self.requests.append(request)
        self._put(request.model_dump_json(by_alias=True))


class FakeStream:
    """`Stream` with DynamoDB's sequence numbers, whose records may be too old."""

    def __init__(self, is_gone: Callable[[Entry], bool] = lambda _: False) -> None:
        self.shards: dict[str, list[Entry]] = defaultdict(list)
        self.is_gone = is_gone

    def records(self, shard_id: str, first: str, last: str) -> tuple[Entry, ...]:
        """See `Stream.records`."""
        found = tuple(
            entry
            for entry in self.shards[shard_id]
            if int(first) <= int(entry["dynamodb"]["SequenceNumber"]) <= int(last)
        )
        if not found or any(map(self.is_gone, found)):
            raise RecordsGone("the stream no longer has these records")
        return found
