"""Parses the gateway's JSON leniently: unknown fields are ignored, missing ones are None."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast, get_args

from mosaic.openclaw.errors import (
    GatewayBroke,
    GatewayError,
    GatewayRefused,
    GatewayUnauthorized,
    GatewayUnavailable,
    ScheduledRunNotFound,
    ScheduleInPast,
    TaskNotFound,
)
from mosaic.openclaw.model import RunOutcome, RunStatus, ScheduledRun, Task

ERROR_TEXT_MAX = 500
"""The characters of the gateway's error text that are kept."""

SUMMARY_MAX = 2000
"""The characters of a summary that the gateway keeps. It marks a cut by one more, an ellipsis."""

BROKEN_TEXT = "gateway method failed before returning a response"
PAST_TEXTS = ("schedule.at is in the past", "has no upcoming run time and would never fire")


def outcome(entry: Mapping[str, Any]) -> RunOutcome:
    """Returns a finished run, from a history entry or a completion callback; an unknown status counts as an
    error.
    """
    status = run_status(entry.get("status"))
    usage = entry.get("usage")
    summary = text(entry.get("summary"))
    tokens = usage if isinstance(usage, Mapping) else {}
    return RunOutcome(
        status=status or "error",
        summary=summary,
        summary_cut=summary is not None and len(summary) > SUMMARY_MAX and summary.endswith("…"),
        error=text(entry.get("error")) or (None if status else f"unknown status {entry.get('status')!r}"),
        model=text(entry.get("model")),
        provider=text(entry.get("provider")),
        tokens_input=whole(tokens.get("input_tokens")),
        tokens_output=whole(tokens.get("output_tokens")),
        duration_ms=whole(entry.get("durationMs")),
        session_key=text(entry.get("sessionKey")),
        run_at=moment(entry.get("runAtMs")),
    )


def task(row: Mapping[str, Any]) -> Task:
    """Returns the task of a `tasks.list` row or a `tasks.get` response."""
    return Task(
        id=str(row["taskId"]),
        scheduled_run_id=text(row.get("sourceId")),
        running=row.get("status") in ("queued", "running"),
    )


def scheduled_run(job: Mapping[str, Any]) -> ScheduledRun:
    """Returns the scheduled run of a compact `cron.list` row."""
    return ScheduledRun(
        id=str(job["id"]),
        key=str(job["declarationKey"]),
        running_since=moment(job.get("runningAtMs")),
        next_run_at=moment(job.get("nextRunAtMs")),
        last_run_at=moment(job.get("lastRunAtMs")),
    )


def failure(http_status: int, body: object, retry_after_seconds: float | None = None) -> GatewayError:
    """Returns the error for a response that is no success.

    429, 408 and 5xx may be retried. After a 5xx the request may have taken effect. The exception is the
    gateway's own limit on writes, 30 a minute for each method: a 503 that names the limit.
    """
    raw = body.get("error") if isinstance(body, Mapping) else None
    error: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    code = text(error.get("code")) or f"HTTP_{http_status}"
    message = (text(error.get("message")) or "no reason given")[:ERROR_TEXT_MAX]
    if http_status in (401, 403):
        return GatewayUnauthorized(f"the gateway does not accept the token ({http_status})")
    if http_status in (408, 429) or http_status >= 500:
        wait = whole(error.get("retryAfterMs"))
        kind = GatewayBroke if BROKEN_TEXT in message else GatewayUnavailable
        return kind(
            f"{code}: {message}",
            may_have_been_accepted=http_status >= 500 and not _over_limit(error),
            retry_after_seconds=retry_after_seconds if wait is None else wait / 1000,
        )
    return _refusal(error)(code, message)


def _over_limit(error: Mapping[str, Any]) -> bool:
    details = error.get("details")
    return isinstance(details, Mapping) and "limit" in details


def _refusal(error: Mapping[str, Any]) -> type[GatewayRefused]:
    details = error.get("details")
    if isinstance(details, Mapping) and details.get("code") == "CRON_JOB_NOT_FOUND":
        return ScheduledRunNotFound
    message = str(error.get("message"))
    if any(phrase in message for phrase in PAST_TEXTS):
        return ScheduleInPast
    return TaskNotFound if message.startswith("task not found") else GatewayRefused


def text(value: object) -> str | None:
    """Returns the value if it is text that is not blank."""
    return value if isinstance(value, str) and value.strip() else None


def whole(value: object) -> int | None:
    """Returns the value as a whole number if it is finite and not negative."""
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**63
    return int(cast("float", value)) if usable else None


def moment(value: object) -> datetime | None:
    """Returns milliseconds since 1970 as a UTC time; None for an invalid time or one past the year 9999."""
    milliseconds = whole(value)
    if milliseconds is None or milliseconds >= 253_402_300_800_000:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def run_status(value: object) -> RunStatus | None:
    """Returns the status if the gateway documents it."""
    return cast("RunStatus", value) if value in get_args(RunStatus) else None
