"""How far a job is, and for how long it has been at it."""

from __future__ import annotations

from datetime import datetime

from mosaic_cli.errors import Json
from mosaic_cli.times import length, parsed

_DONE = frozenset({"COMPLETED", "FAILED", "SKIPPED"})


def percent(job: Json) -> float:
    """What the agent says of its progress, else the share of the present attempt's steps that have ended."""
    if job.get("status") == "COMPLETED":
        return 100.0
    told = job.get("progressPercent")
    if isinstance(told, int | float) and told:
        return float(told)
    steps = [step for step in job.get("steps") or () if step.get("attempt") == job.get("attempt")]
    done = sum(step.get("status") in _DONE for step in steps)
    return 100.0 * done / len(steps) if steps else 0.0


def elapsed(job: Json, now: datetime) -> str:
    """For how long the job waited before it started, and for how long it has been running or ran."""
    created, started, completed = (
        parsed(job.get(name)) for name in ("createdAt", "startedAt", "completedAt")
    )
    waited = _seconds(created, started or completed or now)
    told = [f"waited {length(waited)}"] if waited else []
    if started:
        told.append(f"{'ran' if completed else 'running'} {length(_seconds(started, completed or now))}")
    return ", ".join(told)


def _seconds(since: datetime | None, until: datetime) -> int:
    return max(0, round((until - since).total_seconds())) if since else 0
