"""Intake: the records of the jobs table's stream, in their order, to the log and then to the bus."""

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

# What no other try can help with, though AWS says it: an item that is too large.
REFUSED = "ValidationException"


class StreamConsumer:
    """Takes the records of the jobs table's stream.

    A record that cannot be recorded is set aside whole, and holds up nothing: the gap that it leaves is seen by
    whoever verifies the log, and closed by a repair. What AWS does not take now comes again, in its order.
    """

    def __init__(
        self, record: Callable[[Job | None, Job], tuple[Event, ...]], bus: Bus, aside: DeadLetters
    ) -> None:
        self._versions = record
        self._bus = bus
        self._aside = aside

    def consume(self, records: Sequence[Record]) -> str | None:
        """Record the batch; answers the sequence number from which on it has to come again, if any."""
        notices: list[tuple[str, BusEntry]] = []
        failed = None
        for entry in records:
            number = str(entry["dynamodb"]["SequenceNumber"])
            try:
                notices += ((number, notice) for notice in self._record_or_set_aside(entry))
            except (*STORAGE_ERRORS, QueueUnavailable):
                logger.exception("a version of a job was not recorded", sequence_number=number)
                failed = number
                break
        refused = self._bus.publish([notice for _, notice in notices])
        untold = (number for number, notice in notices if notice.event.id in refused)
        return next(untold, failed)

    def replay(self, entry: Record) -> None:
        """Record what was set aside before; raises whatever keeps it from the log, and QueueUnavailable."""
        self._told(self._record(entry))

    def record_first(self, job: Job) -> None:
        """Record the first version, which is all that a job which is at it needs; raises as `again`."""
        self._told(self._notices(None, job))

    def _told(self, notices: Sequence[BusEntry]) -> None:
        if self._bus.publish(notices):
            raise QueueUnavailable("the bus did not take an event")

    def _record_or_set_aside(self, entry: Record) -> list[BusEntry]:
        try:
            return self._record(entry)
        except STORAGE_ERRORS as error:
            if getattr(error, "cause_response_code", None) != REFUSED:
                raise
            self._set_aside(entry, error)
        except Exception as error:  # noqa: BLE001 - the jobs behind this one have no part in it
            self._set_aside(entry, error)
        return []

    def _record(self, entry: Record) -> list[BusEntry]:
        images = entry["dynamodb"]
        if entry["eventName"] == "REMOVE":
            logger.warning("a job was removed from the table", keys=images["Keys"])
            return []
        before, after = images.get("OldImage"), images["NewImage"]
        if before and before.get("job") == after.get("job"):
            return []  # only its due time was moved
        new = from_image(after)
        return self._notices(from_image(before) if before else None, new)

    def _notices(self, old: Job | None, new: Job) -> list[BusEntry]:
        return [BusEntry(new.workspace_id, event) for event in self._versions(old, new)]

    def _set_aside(self, entry: Record, error: Exception) -> None:
        keys = entry["dynamodb"].get("Keys")
        logger.error("a version of a job cannot be recorded", keys=keys, exc_info=error)
        self._aside.put(json.dumps({"record": entry}), type(error).__name__)
