"""Mutants of the event log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mosaic.events import derive as deriving
from mosaic.jobs.model import Job
from mosaic.services.consume_stream import StreamConsumer
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def event_id_contains_the_time() -> tuple[Patch, ...]:
    """An event that is derived again has another id."""
    real = deriving._event

    def event(job: Job, index: int, fact: Any) -> Any:
        return real(job, index, fact).model_copy(update={"id": f"{job.id}-{datetime.now(UTC).timestamp()}"})

    return ((deriving, "_event", event),)


@mutant
def batch_continues_after_a_failure() -> tuple[Patch, ...]:
    """Records after a failed one are recorded before it."""

    def consume(self: Any, records: Any) -> str | None:
        failed = []
        for entry in records:
            try:
                self._record_or_set_aside(entry)
            except Exception:  # noqa: BLE001 - the bug
                failed.append(entry["dynamodb"]["SequenceNumber"])
        return failed[0] if failed else None

    return ((StreamConsumer, "consume", consume),)


@mutant
def failed_record_is_acknowledged() -> tuple[Patch, ...]:
    """A record that failed is reported as handled."""
    real = StreamConsumer.consume

    def consume(self: Any, records: Any) -> None:
        real(self, records)

    return ((StreamConsumer, "consume", consume),)
