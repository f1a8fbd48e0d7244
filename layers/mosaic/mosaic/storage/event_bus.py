"""The event bus, which publishes recorded events and answers to requests on issues at least once, in no order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mosaic.events.model import Event
from mosaic.forge.issue_answer import IssueAnswer
from mosaic.storage import aws

logger = Logger(child=True)

SOURCE = "mosaic.stitcher"
ISSUE_ANSWERED = "issue.answered"
# Limits of PutEvents. The size of an entry is its source, type and detail, and 14 bytes for the time.
MAX_ENTRIES = 10
MAX_BYTES = 256 * 1024
TIME_BYTES = 14
TRIES = 3


class BusMessage(Protocol):
    """A message on the bus; a repeated one has the same id."""

    @property
    def id(self) -> str:
        """The id, by which a refused message is named."""

    @property
    def detail_type(self) -> str:
        """The type, by which rules select messages."""

    @property
    def at(self) -> datetime:
        """The time of the event."""

    def detail(self) -> str:
        """Returns the content as JSON."""


@dataclass(frozen=True)
class BusEntry:
    """An event of a workspace's job."""

    workspace_id: str
    event: Event

    @property
    def id(self) -> str:
        """The event's id."""
        return self.event.id

    @property
    def detail_type(self) -> str:
        """The event's type."""
        return self.event.type.value

    @property
    def at(self) -> datetime:
        """The time of the change."""
        return self.event.timestamp

    def detail(self) -> str:
        """Returns the detail: the event as the API shows it, and its workspace. A payload that is too long is
        omitted.
        """
        content = {"workspaceId": self.workspace_id, **self.event.model_dump(mode="json", by_alias=True)}
        text = _json(content)
        fits = len(text.encode()) <= MAX_BYTES - _overhead(self)
        return text if fits else _json({**content, "payload": {}, "payloadOmitted": True})


@dataclass(frozen=True)
class AnswerEntry:
    """The answer to a request on an issue."""

    answer: IssueAnswer

    @property
    def id(self) -> str:
        """The answer's id."""
        return self.answer.id

    @property
    def detail_type(self) -> str:
        """ISSUE_ANSWERED."""
        return ISSUE_ANSWERED

    @property
    def at(self) -> datetime:
        """The time of the answer."""
        return self.answer.at

    def detail(self) -> str:
        """Returns the answer; the texts in it are bounded."""
        return self.answer.model_dump_json(by_alias=True)


class Bus(Protocol):
    """The event bus, as the services use it."""

    def publish(self, entries: Sequence[BusMessage]) -> frozenset[str]:
        """Publishes the entries. Returns the ids of the entries that the bus did not accept."""


class EventBus:
    """The event bus in EventBridge."""

    def __init__(self, client: Any, name: str, tries: int = TRIES) -> None:
        self._client = client
        self._name = name
        self._tries = tries

    @classmethod
    def connect(cls, name: str) -> EventBus:
        """Returns the bus with this name, with timeouts below every function's own."""
        config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
        return cls(aws.client("events", config), name)

    @classmethod
    def connect_briefly(cls, name: str) -> EventBus:
        """Returns the bus for a function with a waiting caller: one call of at most three seconds."""
        config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 1})
        return cls(aws.client("events", config), name, tries=1)

    def publish(self, entries: Sequence[BusMessage]) -> frozenset[str]:
        """See `Bus.publish`. Refused entries are sent as often as the bus tries, TRIES times by default."""
        left = list(entries)
        for _ in range(self._tries):
            left = [entry for batch in batches(left) for entry in self._refused(batch)]
        return frozenset(entry.id for entry in left)

    def _refused(self, batch: Sequence[BusMessage]) -> Iterator[BusMessage]:
        try:
            response = self._client.put_events(Entries=[self._entry(entry) for entry in batch])
        except (BotoCoreError, ClientError):
            logger.exception("the event bus did not accept a batch", events=len(batch))
            yield from batch
            return
        for entry, result in zip(batch, response["Entries"], strict=True):
            if "ErrorCode" in result:
                logger.warning("the event bus refused an event", event_id=entry.id, code=result["ErrorCode"])
                yield entry

    def _entry(self, entry: BusMessage) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": entry.detail_type,
            "Time": entry.at,
            "Detail": entry.detail(),
        }


def batches(entries: Iterable[BusMessage]) -> Iterator[list[BusMessage]]:
    """Returns the entries in order, in as few batches as PutEvents accepts."""
    batch: list[BusMessage] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == MAX_ENTRIES or size + size_of(entry) > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += size_of(entry)
    if batch:
        yield batch


def size_of(entry: BusMessage) -> int:
    """Returns the size of the entry in a batch, in bytes."""
    return _overhead(entry) + len(entry.detail().encode())


def _overhead(entry: BusMessage) -> int:
    return TIME_BYTES + len(SOURCE) + len(entry.detail_type)


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
