"""The event bus in memory, and a fake of EventBridge's client."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mosaic.forge.issue_answer import IssueAnswer
from mosaic.storage.event_bus import AnswerEntry, BusEntry, BusMessage

Json = dict[str, Any]


class FakeBus:
    """`Bus` that keeps the published events and answers, except those whose ids are in `refuses`."""

    def __init__(self) -> None:
        self.sent: list[BusEntry] = []
        self.answers: list[IssueAnswer] = []
        self.refuses: set[str] = set()

    def publish(self, entries: Sequence[BusMessage]) -> frozenset[str]:
        """See `Bus.publish`."""
        refused = frozenset(entry.id for entry in entries) & self.refuses
        for entry in entries:
            if entry.id in refused:
                continue
            if isinstance(entry, BusEntry):
                self.sent.append(entry)
            elif isinstance(entry, AnswerEntry):
                self.answers.append(entry.answer)
        return refused

    @property
    def ids(self) -> list[str]:
        """The ids of the published events, in order."""
        return [entry.event.id for entry in self.sent]


class FakeEventBridge:
    """EventBridge's client with one bus and its rules. Entries that it `refuses` are not accepted."""

    def __init__(self) -> None:
        self._rules: list[tuple[Mapping[str, Any], Callable[[Json], object]]] = []
        self.refuses: Callable[[Mapping[str, Any]], bool] = lambda _entry: False
        self._taken = 0

    def rule(self, pattern: Mapping[str, Any], target: Callable[[Json], object]) -> None:
        """Adds a rule: the target receives events that match the pattern, which lists the allowed values of
        fields.
        """
        self._rules.append((pattern, target))

    def put_events(self, *, Entries: Sequence[Mapping[str, Any]]) -> Json:  # noqa: N803 - boto3's own name
        """See boto3's client."""
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
