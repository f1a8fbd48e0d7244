"""Consume the jobs table's stream: record each change in the event log, then publish its events, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger

from mosaic.events.model import Event
from mosaic.jobs.model import Job
from mosaic.storage.dead_letters import DeadLetters
from mosaic.storage.dynamodb import STORAGE_ERRORS
from mosaic.storage.event_bus import Bus, BusEntry
from mosaic.storage.job_queue import QueueUnavailable
from mosaic.storage.jobs import from_image

logger = Logger(child=True)

Record = Mapping[str, Any]

# The error code of a write that no retry can help, such as an item that is too large.
REFUSED = "ValidationException"


class StreamConsumer:
    """Consumes records of the jobs table's stream.

    A record that cannot be recorded goes to the dead letters and does not delay the others. The log then has a gap,
    which log verification finds and log repair closes. Records that fail for a passing reason are retried in order.
    """

    def __init__(
        self,
        record: Callable[[Job | None, Job], tuple[Event, ...]],
        bus: Bus,
        dead_letters: DeadLetters,
    ) -> None:
        self._record_change = record
        self._bus = bus
        self._dead_letters = dead_letters

    def consume(self, records: Sequence[Record]) -> str | None:
        """Records the batch; returns the sequence number from which to retry, or None when all is done."""
        entries: list[tuple[str, BusEntry]] = []
        failed = None
        for record in records:
            number = str(record["dynamodb"]["SequenceNumber"])
            try:
                entries += ((number, entry) for entry in self._record_or_set_aside(record))
            except (*STORAGE_ERRORS, QueueUnavailable):
                logger.exception("a version of a job was not recorded", sequence_number=number)
                failed = number
                break
        refused = self._bus.publish([entry for _, entry in entries])
        unpublished = (number for number, entry in entries if entry.id in refused)
        return next(unpublished, failed)

    def replay(self, record: Record) -> None:
        """Records a dead letter's record; raises the error that prevents it, and QueueUnavailable."""
        self._publish(self._record(record))

    def record_first(self, job: Job) -> None:
        """Records the first version of a job, which only a job at version 1 needs; raises as `replay`."""
        self._publish(self._entries(None, job))

    def _publish(self, entries: Sequence[BusEntry]) -> None:
        if self._bus.publish(entries):
            raise QueueUnavailable("the bus did not take an event")

    def _record_or_set_aside(self, record: Record) -> list[BusEntry]:
        try:
            return self._record(record)
        except STORAGE_ERRORS as error:
            if getattr(error, "cause_response_code", None) != REFUSED:
                raise
            self._set_aside(record, error)
        except Exception as error:  # noqa: BLE001 - one bad record must not stop the records behind it
            self._set_aside(record, error)
        return []

    def _record(self, record: Record) -> list[BusEntry]:
        images = record["dynamodb"]
        if record["eventName"] == "REMOVE":
            logger.warning("a job was removed from the table", keys=images["Keys"])
            return []
        before, after = images.get("OldImage"), images["NewImage"]
        if before and before.get("job") == after.get("job"):
            return []  # only the due time was changed
        new = from_image(after)
        return self._entries(from_image(before) if before else None, new)

    def _entries(self, old: Job | None, new: Job) -> list[BusEntry]:
        return [BusEntry(new.workspace_id, event) for event in self._record_change(old, new)]

    def _set_aside(self, record: Record, error: Exception) -> None:
        keys = record["dynamodb"].get("Keys")
        logger.error("a version of a job cannot be recorded", keys=keys, exc_info=error)
        self._dead_letters.put(json.dumps({"record": record}), type(error).__name__)
