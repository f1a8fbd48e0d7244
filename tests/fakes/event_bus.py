"""The bus in memory: what the flows see of it, and EventBridge as its client sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mosaic.storage.event_bus import BusEntry

Json = dict[str, Any]


class FakeBus:
    """`Bus` that keeps what it was sent, but for the events named in `refuses`."""

    def __init__(self) -> None:
        self.sent: list[BusEntry] = []
        self.refuses: set[str] = set()

    def publish(self, entries: Sequence[BusEntry]) -> frozenset[str]:
        """As Bus."""
        refused = frozenset(entry.event.id for entry in entries) & self.refuses
        self.sent += (entry for entry in entries if entry.event.id not in refused)
        return refused

    @property
    def ids(self) -> list[str]:
        """Of the events that were sent, in order."""
        return [entry.event.id for entry in self.sent]


class FakeEventBridge:
    """EventBridge's client, with one bus and its rules. It takes no entry that it `refuses`."""

    def __init__(self) -> None:
        self._rules: list[tuple[Mapping[str, Any], Callable[[Json], object]]] = []
        self.refuses: Callable[[Mapping[str, Any]], bool] = lambda _entry: False
        self._taken = 0

    def rule(self, pattern: Mapping[str, Any], target: Callable[[Json], object]) -> None:
        """From now on the target gets what the pattern lets through: of each field one of the values listed."""
        self._rules.append((pattern, target))

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Json:  # noqa: N803 - boto3's own name
        """As boto3's client."""
        taken = [self._put(entry) for entry in Entries]
        return {"FailedEntryCount": sum("ErrorCode" in one for one in taken), "Entries": taken}

    def _put(self, entry: Mapping[str, Any]) -> Json:
        if self.refuses(entry):
            return {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
        self._taken += 1
        event = {
            "id": str(self._taken),
            "source": entry["Source"],
            "detail-type": entry["DetailType"],
            "detail": json.loads(entry["Detail"]),
        }
        for pattern, target in self._rules:
            if _matches(pattern, event):
                target(event)
        return {"EventId": event["id"]}


def _matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    return all(
        _matches(wanted, event.get(name, {})) if isinstance(wanted, Mapping) else event.get(name) in wanted
        for name, wanted in pattern.items()
    )
