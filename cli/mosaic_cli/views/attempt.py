"""The attempts of a job as a table."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.rendering.renderers import Table
from mosaic_cli.rendering.values import Status, Timestamp, as_text

HEADERS = ("ATTEMPT", "STATUS", "STARTED", "COMMIT", "GATES", "REASON")
_PASSED = ("PASSED", "FORCED")
_WITHOUT_RESULT = ("PENDING", "SKIPPED")


def table(job: Json) -> Table:
    """Returns a row per attempt that has a status."""
    attempts = [attempt for attempt in job.get("attempts") or () if attempt.get("status")]
    rows = [_row(attempt) for attempt in attempts]
    return Table(HEADERS, rows, title="Attempts", drop=("COMMIT", "STARTED", "GATES"))


def _row(attempt: Json) -> tuple[object, ...]:
    return (
        as_text(attempt.get("attempt")),
        Status(attempt.get("status")),
        Timestamp(attempt.get("startedAt")),
        as_text(attempt.get("commitSha"))[:12],
        _gates(attempt.get("gates") or ()),
        cancellation(attempt.get("cancelled") or {}) or error_title(attempt.get("error") or {}) or "",
    )


def cancellation(cancelled: Json) -> str | None:
    """Returns the actor and the reason of a cancellation."""
    if not cancelled:
        return None
    return f"by {cancelled.get('by')}" + (f": {cancelled['reason']}" if cancelled.get("reason") else "")


def error_title(error: Json) -> str | None:
    """Returns the title and the code of an error."""
    code = f" ({error['code']})" if error.get("code") else ""
    return f"{error.get('title')}{code}" if error else None


def _gates(items: Iterable[Json]) -> str:
    """Returns the number of passed gates, and the names of the other gates with a result."""
    gates = list(items)
    passed = sum(gate.get("status") in _PASSED for gate in gates)
    not_passed = [
        f"{gate.get('id')} {gate.get('status')}"
        for gate in gates
        if gate.get("status") not in (*_WITHOUT_RESULT, *_PASSED)
    ]
    return ", ".join([f"{passed} of {len(gates)} passed", *not_passed]) if gates else ""
