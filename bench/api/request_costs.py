"""The requests to AWS and the capacity units of each operation."""

from __future__ import annotations

from collections.abc import Sequence

from bench import markdown
from bench.api.call_recorder import count_operations
from bench.api.recorded_operation import RecordedOperation

HEAD = ("operation", "requests", "read units", "write units", "of these for indexes", "items read")
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"})


def costs(recordings: Sequence[RecordedOperation], *, units_are_real: bool) -> str:
    """Returns a table with a row for each operation."""
    return markdown.table(HEAD, [_row(recording, units_are_real) for recording in recordings])


def _row(recording: RecordedOperation, units_are_real: bool) -> tuple[object, ...]:
    writes = [call for call in recording.calls if call.operation in WRITES]
    reads = [call for call in recording.calls if call.operation not in WRITES]
    counts = (
        sum(call.units for call in reads),
        sum(call.units for call in writes),
        sum(call.units - call.table_units for call in recording.calls),
    )
    return (
        recording.operation.name,
        markdown.calls(count_operations(recording.calls)),
        *(markdown.units(count if units_are_real else None) for count in counts),
        sum(call.items for call in recording.calls),
    )
