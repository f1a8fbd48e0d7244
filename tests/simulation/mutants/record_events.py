"""A log that is not the job's history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mosaic.events import derive as deriving
from mosaic.jobs.model import Job
from mosaic.services.consume_stream import StreamConsumer
from tests.simulation.mutants.registry import Patch, mutant


@mutant
def event_id_from_a_clock() -> tuple[Patch, ...]:
    """An event that is derived again is another one."""
    real = deriving._event

    def event(job: Job, index: int, fact: Any) -> Any:
        return real(job, index, fact).model_copy(update={"id": f"{job.id}-{datetime.now(UTC).timestamp()}"})

    return ((deriving, "_event", event),)


@mutant
def batch_goes_on_after_a_failure() -> tuple[Patch, ...]:
    """Records behind the one that failed are recorded before it."""

    def take(self: Any, records: Any) -> str | None:
        failed = []
        for entry in records:
            try:
                self._record_or_set_aside(entry)
            except Exception:  # noqa: BLE001 - the bug
                failed.append(entry["dynamodb"]["SequenceNumber"])
        return failed[0] if failed else None

    return ((StreamConsumer, "consume", take),)


@mutant
def acknowledge_before_record() -> tuple[Patch, ...]:
    """A record of the stream that failed is reported as done."""
    real = StreamConsumer.consume

    def take(self: Any, records: Any) -> None:
        real(self, records)

    return ((StreamConsumer, "consume", take),)
