"""Requests for repair, and the stream that one reads, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mosaic.events.requests import RepairRequest
from mosaic.events.stream import RecordsGone


class FakeRepairs:
    """`Repairs` that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[RepairRequest] = []

    def ask(self, request: RepairRequest) -> None:
        """As Repairs."""
        self.asked.append(request)


class FakeStream:
    """`Stream` of one shard, whose records are numbered as DynamoDB numbers them; empty once they are `gone`."""

    def __init__(self) -> None:
        self.shard: list[Mapping[str, Any]] = []
        self.gone = False

    def records(self, shard_id: str, first: str, last: str) -> Iterator[Mapping[str, Any]]:  # noqa: ARG002 - there is one
        """As Stream."""
        if self.gone:
            raise RecordsGone("the stream no longer has these records")
        for entry in self.shard:
            if int(first) <= int(entry["dynamodb"]["SequenceNumber"]) <= int(last):
                yield entry
