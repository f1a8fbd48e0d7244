"""The attempts of a job: how each ended, and with which gates."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_cli.errors import Json
from mosaic_cli.paper import Table
from mosaic_cli.views.value import Moment, Status, shown

HEADERS = ("ATTEMPT", "STATUS", "STARTED", "COMMIT", "GATES", "REASON")
_OPEN = frozenset({"PENDING", "SKIPPED"})


def table(job: Json) -> Table:
    """A line per attempt, if there was more than one or the API tells how each ended."""
    told = [each for each in job.get("attempts") or () if each.get("status")]
    return Table(
        HEADERS, [_row(each) for each in told], title="Attempts", drop=("COMMIT", "STARTED", "GATES")
    )


def _row(attempt: Json) -> tuple[object, ...]:
    return (
        shown(attempt.get("attempt")),
        Status(attempt.get("status")),
        Moment(attempt.get("startedAt")),
        shown(attempt.get("commitSha"))[:12],
        _gates(attempt.get("gates") or ()),
        cancellation(attempt.get("cancelled") or {}) or _error(attempt.get("error") or {}),
    )


def cancellation(cancelled: Json) -> str | None:
    """Who cancelled, and why."""
    if not cancelled:
        return None
    return f"by {cancelled.get('by')}" + (f": {cancelled['reason']}" if cancelled.get("reason") else "")


def _error(error: Json) -> str:
    code = f" ({error['code']})" if error.get("code") else ""
    return f"{error.get('title')}{code}" if error else ""


def _gates(gates: Iterable[Json]) -> str:
    """How many gates passed, and by name those that did not; open ones are not named."""
    known = list(gates)
    passed = sum(gate.get("status") in ("PASSED", "FORCED") for gate in known)
    against = [
        f"{gate.get('id')} {gate.get('status')}"
        for gate in known
        if gate.get("status") not in (*_OPEN, "PASSED", "FORCED")
    ]
    return ", ".join([f"{passed} of {len(known)} passed", *against]) if known else ""
