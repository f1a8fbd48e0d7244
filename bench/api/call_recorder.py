"""Records each request that botocore sends, and its response."""

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
    """One request with its parameters, the bytes of its response, the capacity consumed and the number of
    items read.
    """

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
        """The capacity units of the table and its indexes."""
        return float(sum(entry["CapacityUnits"] for entry in self.consumed))

    @property
    def table_units(self) -> float:
        """The capacity units of the table without its indexes."""
        return float(sum(entry.get("Table", entry)["CapacityUnits"] for entry in self.consumed))


class CallRecorder:
    """Records the calls of every client that is made within `botocore_hooks`, while `recording` is active.

    Each DynamoDB call then requests its consumed capacity by index.
    """

    def __init__(self) -> None:
        self._calls: list[RecordedCall] | None = None

    @property
    def hooks(self) -> dict[str, Hook]:
        """The hooks by botocore's event names."""
        return {
            "before-parameter-build": self._on_request,
            "response-received": self._on_response,
            "after-call": self._on_parsed,
        }

    @contextmanager
    def recording(self) -> Iterator[list[RecordedCall]]:
        """Yields a list that receives the calls in order."""
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
    """Returns the number of calls of each operation."""
    return Counter(call.operation for call in calls)


@contextmanager
def botocore_hooks(*hook_sets: Mapping[str, Hook]) -> Iterator[None]:
    """Adds the hooks to every client that is made within the context; they run before all other hooks."""
    added = [(event, hook) for hooks in hook_sets for event, hook in hooks.items()]
    BUILTIN_HANDLERS[:0] = added
    _forget_sessions()
    try:
        yield
    finally:
        for entry in added:
            BUILTIN_HANDLERS.remove(entry)
        _forget_sessions()


def _forget_sessions() -> None:
    boto3.DEFAULT_SESSION = None
    aws.session.cache_clear()
