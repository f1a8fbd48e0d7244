"""The validation of the stand-in gateway, with OpenClaw's own codes and messages."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

PAST_GRACE_MS = 60_000
"""The maximum lateness of an `at` schedule. A cron expression must not be late at all."""

ONCE = re.compile(r"(\d+) (\d+) (\d+) (\d+) (\d+) \* (\d{4})")
"""The cron expressions that the stand-in supports: one second, minute, hour, day and month of one year."""

TEN_YEARS_MS = 315_576_000_000
NAME_FIELDS = frozenset(["name", "description", "displayName", "declarationKey", "agentId"])
ADD_FIELDS = NAME_FIELDS | frozenset(
    ["enabled", "deleteAfterRun", "schedule", "sessionTarget", "wakeMode", "payload", "delivery"]
)
LIST_FIELDS = frozenset(["includeDisabled", "compact", "query", "limit", "offset"])
TASK_FIELDS = frozenset(["status", "agentId", "sessionKey", "limit", "cursor", "sortBy"])


class RefusedError(Exception):
    """A refused RPC call, with the HTTP status and the error object of its response."""

    def __init__(self, message: str, *, status: int = 400, code: str = "INVALID_REQUEST") -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"code": code, "message": message}


class NotFoundError(RefusedError):
    """No automation has this id."""

    def __init__(self, job_id: str, noun: str = "Automation") -> None:
        super().__init__(
            f"{noun} not found: {job_id}. List automations and retry with a current job id. For cross-session "
            "management, use a fresh authenticated configured channel owner or Control UI administrator turn or "
            "the Automations page."
        )
        self.error["details"] = {"code": "CRON_JOB_NOT_FOUND", "jobId": job_id}


def check_add(params: Mapping[str, Any], now_ms: int, agents: Collection[str]) -> int:
    """Returns the run's time in milliseconds; raises RefusedError if `cron.add` does not accept these
    parameters.
    """
    require(params, "cron.add", ("name", "schedule", "sessionTarget", "wakeMode", "payload"), ADD_FIELDS)
    if len(params.get("declarationKey", "")) > 200:
        raise _invalid("cron.add", "at /declarationKey: must not have more than 200 characters")
    payload = params["payload"]
    if payload.get("kind") != "agentTurn" or not isinstance(payload.get("message"), str):
        raise _invalid("cron.add", "at /payload: must match a schema in anyOf")
    _check_delivery(params.get("delivery", {"mode": "none"}))
    schedule = params["schedule"]
    at_ms = (_check_once if schedule.get("kind") == "cron" else _check_at)(schedule, now_ms)
    if params.get("agentId") not in agents:
        raise RefusedError(
            "gateway method failed before returning a response", status=503, code="UNAVAILABLE"
        )
    return at_ms


def require(
    params: Mapping[str, Any], method: str, required: Collection[str], known: Collection[str] = ()
) -> None:
    """Raises RefusedError if a required parameter is missing, or if `known` is given and lacks a parameter."""
    missing = [f"must have required property '{name}'" for name in required if name not in params]
    if missing:
        raise _invalid(method, "; ".join(missing))
    unexpected = [name for name in params if known and name not in known]
    if unexpected:
        raise _invalid(method, f"at root: unexpected property '{unexpected[0]}'")


def _check_delivery(delivery: Mapping[str, Any]) -> None:
    url = urlsplit(str(delivery.get("to")))
    if delivery.get("mode") == "webhook" and (url.scheme not in ("http", "https") or not url.netloc):
        raise _invalid("cron.add", "cron webhook delivery requires delivery.to to be a valid http(s) URL")


def _check_once(schedule: Mapping[str, Any], now_ms: int) -> int:
    expression = str(schedule.get("expr"))
    once = ONCE.fullmatch(expression)
    if once is None or schedule.get("tz") != "UTC":
        raise _invalid(
            "cron.add", "at /schedule: the stand-in supports only cron expressions with a year, in UTC"
        )
    second, minute, hour, day, month, year = map(int, once.groups())
    at_ms = round(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp() * 1000)
    if at_ms <= now_ms:
        raise _invalid(
            "cron.add", f'cron expression "{expression}" has no upcoming run time and would never fire'
        )
    return at_ms


def _check_at(schedule: Mapping[str, Any], now_ms: int) -> int:
    at = schedule.get("at")
    if schedule.get("kind") != "at" or not isinstance(at, str):
        raise _invalid("cron.add", "at /schedule: the stand-in knows schedules that come once only")
    try:
        at_ms = round(datetime.fromisoformat(at).timestamp() * 1000)
    except ValueError:
        raise RefusedError(f"Invalid schedule.at: expected ISO-8601 timestamp (got {at})") from None
    late = now_ms - at_ms
    if late > PAST_GRACE_MS:
        raise RefusedError(
            f"schedule.at is in the past: {iso(at_ms)} ({late // 60_000} minutes ago). Current time: {iso(now_ms)}"
        )
    if -late > TEN_YEARS_MS:
        raise RefusedError(f"schedule.at is too far in the future: {iso(at_ms)}. Maximum allowed: 10 years")
    return at_ms


def iso(ms: int) -> str:
    """Returns milliseconds since 1970 in the gateway's time format."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _invalid(method: str, what: str) -> RefusedError:
    return RefusedError(f"invalid {method} params: {what}")
