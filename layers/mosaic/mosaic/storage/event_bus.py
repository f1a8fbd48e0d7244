"""The event bus, which publishes every recorded event at least once, in no order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mosaic.events.model import Event
from mosaic.storage import aws

logger = Logger(child=True)

SOURCE = "mosaic.stitcher"
# Limits of PutEvents. The size of an entry is its source, type and detail, and 14 bytes for the time.
MAX_ENTRIES = 10
MAX_BYTES = 256 * 1024
TIME_BYTES = 14
TRIES = 3


@dataclass(frozen=True)
class BusEntry:
    """An event of a workspace's job."""

    workspace_id: str
    event: Event

    def detail(self) -> str:
        """Returns the detail: the event as the API shows it, and its workspace. A payload that is too long is
        omitted.
        """
        content = {"workspaceId": self.workspace_id, **self.event.model_dump(mode="json", by_alias=True)}
        text = _json(content)
        fits = len(text.encode()) <= MAX_BYTES - self._overhead
        return text if fits else _json({**content, "payload": {}, "payloadOmitted": True})

    @property
    def size(self) -> int:
        """The size of the entry in a batch, in bytes."""
        return self._overhead + len(self.detail().encode())

    @property
    def _overhead(self) -> int:
        return TIME_BYTES + len(SOURCE) + len(self.event.type)


class Bus(Protocol):
    """The event bus, as the services use it."""

    def publish(self, entries: Sequence[BusEntry]) -> frozenset[str]:
        """Publishes the entries. Returns the ids of the events that the bus did not accept."""


class EventBus:
    """The event bus in EventBridge."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    @classmethod
    def connect(cls, name: str) -> EventBus:
        """Returns the bus with this name, with timeouts below every function's own."""
        config = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
        return cls(aws.client("events", config), name)

    def publish(self, entries: Sequence[BusEntry]) -> frozenset[str]:
        """See `Bus.publish`. Refused entries are sent up to TRIES times."""
        left = list(entries)
        for _ in range(TRIES):
            left = [entry for batch in batches(left) for entry in self._refused(batch)]
        return frozenset(entry.event.id for entry in left)

    def _refused(self, batch: Sequence[BusEntry]) -> Iterator[BusEntry]:
        try:
            response = self._client.put_events(Entries=[self._entry(entry) for entry in batch])
        except (BotoCoreError, ClientError):
            logger.exception("the event bus did not accept a batch", events=len(batch))
            yield from batch
            return
        for entry, result in zip(batch, response["Entries"], strict=True):
            if "ErrorCode" in result:
                logger.warning(
                    "the event bus refused an event", event_id=entry.event.id, code=result["ErrorCode"]
                )
                yield entry

    def _entry(self, entry: BusEntry) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": entry.event.type.value,
            "Time": entry.event.timestamp,
            "Detail": entry.detail(),
        }


def batches(entries: Iterable[BusEntry]) -> Iterator[list[BusEntry]]:
    """Returns the entries in order, in as few batches as PutEvents accepts."""
    batch: list[BusEntry] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == MAX_ENTRIES or size + entry.size > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size
    if batch:
        yield batch


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
