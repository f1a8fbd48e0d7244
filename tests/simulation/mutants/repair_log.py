"""Mutants of dead letters of the stream and their repair."""

from __future__ import annotations

from typing import Any

from pynamodb.exceptions import PynamoDBException

from mosaic.services import repair_log as repairing
from mosaic.services.consume_stream import StreamConsumer
from mosaic.services.repair_log import LogRepair
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def rejected_record_blocks_the_stream() -> tuple[Patch, ...]:
    """A record that DynamoDB rejects is retried, and blocks all records after it."""

    def record(self: Any, entry: Any) -> Any:
        try:
            return self._record(entry)
        except PynamoDBException:
            raise
        except Exception as error:  # noqa: BLE001 - as the real one
            self._set_aside(entry, error)
        return []

    return ((StreamConsumer, "_record_or_set_aside", record),)


@mutant
def unrecordable_record_is_dropped() -> tuple[Patch, ...]:
    """A record that cannot be recorded is logged and dropped."""
    return ((StreamConsumer, "_set_aside", lambda _self, _entry, _error: None),)


@mutant
def repair_deletes_failed_records() -> tuple[Patch, ...]:
    """A repair deletes dead letters that it could not record."""
    real = LogRepair._replay_dead_letter

    def replay_dead_letter(self: Any, dead_letter: Any) -> bool:
        real(self, dead_letter)
        return True

    return ((LogRepair, "_replay_dead_letter", replay_dead_letter),)


@mutant
def repair_only_marks_gaps() -> tuple[Patch, ...]:
    """A repair marks missing versions without reading the dead letters."""
    return ((LogRepair, "_replay_all", lambda _self: None),)


@mutant
def stream_pointers_are_not_resolved() -> tuple[Patch, ...]:
    """A dead letter from Lambda is not resolved to its records of the stream."""
    real = LogRepair._records

    def records(self: Any, dead_letter: Any) -> Any:
        return real(self, dead_letter) if "record" in dead_letter else iter(())

    return ((LogRepair, "_records", records),)


@mutant
def missing_last_events_are_ignored() -> tuple[Patch, ...]:
    """A version with its first events counts as recorded."""

    def is_whole(_job: Any, _before: Any, events: Any) -> bool:
        return [event.index for event in events] == list(range(len(events)))

    return ((repairing, "_is_whole", is_whole),)


@mutant
def gaps_are_not_marked() -> tuple[Patch, ...]:
    """Versions that are lost are not marked in the log."""
    return ((LogRepair, "_mark", lambda *_args: None),)
