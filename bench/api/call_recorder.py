"""What botocore sends and gets, written down call by call."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.handlers import BUILTIN_HANDLERS

from mosaic.storage import aws

Json = dict[str, Any]
Hook = Callable[..., Any]


@dataclass
class RecordedCall:
    """One request: what was asked, what came back as bytes, what DynamoDB says it consumed, how many items it read."""

    service: str
    operation: str
    params: Json
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    consumed: tuple[Json, ...] = ()
    items: int = 0

    @property
    def units(self) -> float:
        """Capacity units, those of the table and of its indexes together."""
        return float(sum(one["CapacityUnits"] for one in self.consumed))

    @property
    def table_units(self) -> float:
        """Capacity units of the table alone."""
        return float(sum(one.get("Table", one)["CapacityUnits"] for one in self.consumed))


class CallRecorder:
    """Listens to every client that is made under `installed`. Between recordings it does nothing.

    While it records, DynamoDB is asked what each call consumes, index by index.
    """

    def __init__(self) -> None:
        self._calls: list[RecordedCall] | None = None

    @property
    def hooks(self) -> dict[str, Hook]:
        """By botocore's names of events."""
        return {
            "before-parameter-build": self._on_request,
            "response-received": self._on_response,
            "after-call": self._on_parsed,
        }

    @contextmanager
    def recording(self) -> Iterator[list[RecordedCall]]:
        """The calls that are made meanwhile, in order."""
        calls: list[RecordedCall] = []
        self._calls = calls
        try:
            yield calls
        finally:
            self._calls = None

    def _on_request(self, params: Json, event_name: str, **_: Any) -> None:
        if self._calls is None:
            return
        service, operation = event_name.split(".")[1:]
        self._calls.append(RecordedCall(service, operation, copy.deepcopy(params)))
        if service == "dynamodb":
            params["ReturnConsumedCapacity"] = "INDEXES"

    def _on_response(self, response_dict: Any, **_: Any) -> None:
        if self._calls and response_dict:
            call = self._calls[-1]
            call.status, call.body = int(response_dict["status_code"]), bytes(response_dict["body"])
            call.headers = dict(response_dict["headers"])

    def _on_parsed(self, parsed: Json, **_: Any) -> None:
        if not self._calls:
            return
        consumed = parsed.get("ConsumedCapacity", [])
        self._calls[-1].consumed = tuple(consumed if isinstance(consumed, list) else [consumed])
        self._calls[-1].items = _items(parsed)


def _items(parsed: Json) -> int:
    batch = sum(map(len, parsed.get("Responses", {}).values()))
    return int(parsed.get("ScannedCount", 0)) + batch + ("Item" in parsed)


def count_operations(calls: Sequence[RecordedCall]) -> Counter[str]:
    """How often each operation was called."""
    return Counter(call.operation for call in calls)


@contextmanager
def botocore_hooks(*hook_sets: Mapping[str, Hook]) -> Iterator[None]:
    """Every client that is made meanwhile calls these hooks, before any other that answers in AWS's place."""
    added = [(event, hook) for hooks in hook_sets for event, hook in hooks.items()]
    BUILTIN_HANDLERS[:0] = added
    _forget_sessions()
    try:
        yield
    finally:
        for one in added:
            BUILTIN_HANDLERS.remove(one)
        _forget_sessions()


def _forget_sessions() -> None:
    boto3.DEFAULT_SESSION = None
    aws.session.cache_clear()
