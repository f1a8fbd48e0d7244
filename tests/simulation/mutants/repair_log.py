"""Logs that stay behind for good though they need not, or say less than they lack."""

from __future__ import annotations

from typing import Any

from pynamodb.exceptions import PynamoDBException

from mosaic.services import repair_log as repairing
from mosaic.services.consume_stream import StreamConsumer
from mosaic.services.repair_log import LogRepair
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def refused_comes_again() -> tuple[Patch, ...]:
    """What DynamoDB refuses for good is taken for what it does not take now, and holds up all behind it."""

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
def nothing_is_set_aside() -> tuple[Patch, ...]:
    """What cannot be recorded is logged, and passed over."""
    return ((StreamConsumer, "_set_aside", lambda _self, _entry, _error: None),)


@mutant
def repair_drops_what_it_has_tried() -> tuple[Patch, ...]:
    """What was set aside is dropped though it could not be recorded."""
    real = LogRepair._replay_dead_letter

    def recorded(self: Any, letter: Any) -> bool:
        real(self, letter)
        return True

    return ((LogRepair, "_replay_dead_letter", recorded),)


@mutant
def repair_only_marks() -> tuple[Patch, ...]:
    """What is missing is marked, and nobody looks for it where it was set aside."""
    return ((LogRepair, "_replay_all", lambda _self: None),)


@mutant
def pointers_are_not_followed() -> tuple[Patch, ...]:
    """What Lambda set aside is not read from the stream."""
    real = LogRepair._records

    def records(self: Any, said: Any) -> Any:
        return real(self, said) if "record" in said else iter(())

    return ((LogRepair, "_records", records),)


@mutant
def last_events_are_not_missed() -> tuple[Patch, ...]:
    """A version counts as recorded when the log has its first events."""

    def is_whole(_job: Any, _before: Any, events: Any) -> bool:
        return [event.index for event in events] == list(range(len(events)))

    return ((repairing, "_is_whole", is_whole),)


@mutant
def gaps_are_not_marked() -> tuple[Patch, ...]:
    """What cannot be had any more is answered, and not written down."""
    return ((LogRepair, "_mark", lambda *_args: None),)
