"""The progress of a job, and its waiting and running times."""

from __future__ import annotations

from datetime import datetime

from mosaic_cli.errors import Json
from mosaic_cli.times import format_duration, parse_timestamp

_ENDED = frozenset({"COMPLETED", "FAILED", "SKIPPED"})


def percent(job: Json) -> float:
    """Returns the agent's progress, else the share of ended steps in the current attempt."""
    if job.get("status") == "COMPLETED":
        return 100.0
    reported = job.get("progressPercent")
    if isinstance(reported, int | float) and reported:
        return float(reported)
    steps = [step for step in job.get("steps") or () if step.get("attempt") == job.get("attempt")]
    ended = sum(step.get("status") in _ENDED for step in steps)
    return 100.0 * ended / len(steps) if steps else 0.0


def elapsed(job: Json, now: datetime) -> str:
    """Returns the time that the job waited before its start, and the time that it ran."""
    created, started, completed = (
        parse_timestamp(job.get(name)) for name in ("createdAt", "startedAt", "completedAt")
    )
    waited = _seconds(created, started or completed or now)
    parts = [f"waited {format_duration(waited)}"] if waited else []
    if started:
        parts.append(
            f"{'ran' if completed else 'running'} {format_duration(_seconds(started, completed or now))}"
        )
    return ", ".join(parts)


def _seconds(since: datetime | None, until: datetime) -> int:
    return max(0, round((until - since).total_seconds())) if since else 0
