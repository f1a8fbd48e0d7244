"""Parsing and formatting of times and durations. Times without an offset are UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_SECONDS = {
    "s": 1, "sec": 1, "second": 1,
    "m": 60, "min": 60, "minute": 60,
    "h": 3600, "hour": 3600,
    "d": 86400, "day": 86400,
    "w": 604800, "week": 604800,
}  # fmt: skip
_PART = re.compile(r"([0-9]+)\s*([a-z]+)")
_DURATION = re.compile(r"([0-9]+\s*[a-z]+[\s,]*)+")
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?", re.IGNORECASE)
DURATION_FORM = "a duration, such as 90s, 15m, 1h30m or 3 days"
TIME_FORM = "a time, such as 2h, 3 days ago, yesterday, 2026-12-01 or 2026-12-01T09:30Z"


def parse_duration(text: str) -> int:
    """Parses a duration such as `90s`, `1h30m`, `3 days` or `90` to seconds. Raises ValueError."""
    duration = text.strip().lower()
    if duration.isascii() and duration.isdecimal():
        return int(duration)
    if not _DURATION.fullmatch(duration):
        raise ValueError(f"{text!r} should be {DURATION_FORM}")
    return sum(int(number) * _unit_seconds(unit, text) for number, unit in _PART.findall(duration))


def parse_time(text: str, now: datetime, *, ahead: bool = False) -> datetime:
    """Parses a time; a duration is subtracted from `now`, or added if `ahead`. Raises ValueError.

    A date, `today`, `yesterday` and `tomorrow` mean 00:00 UTC of that day.
    """
    value = " ".join(text.split()).lower()
    if value == "now":
        return now
    if value in _DAYS:
        return _midnight(now) + timedelta(days=_DAYS[value])
    if _DATE.fullmatch(value):
        return _iso(text.strip())
    before, after = value.removesuffix(" ago"), value.removeprefix("in ")
    try:
        if before != value:
            return now - timedelta(seconds=parse_duration(before))
        span = timedelta(seconds=parse_duration(_require_unit(after)))
        return now + span if ahead or after != value else now - span
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} should be {TIME_FORM}") from error


def format_rfc3339(time: datetime) -> str:
    """Returns the time in the API's format, RFC 3339 in UTC."""
    precision = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def parse_timestamp(timestamp: object) -> datetime | None:
    """Parses a timestamp of the API; returns None for anything else."""
    try:
        return _iso(timestamp) if isinstance(timestamp, str) else None
    except ValueError:
        return None


def format_duration(count: float) -> str:
    """Formats seconds in the two largest units: `3 days`, `1 h 30 min`, `1.5 s`."""
    if count < 60:
        return f"{count:.1f}".removesuffix(".0") + " s"
    units = ((86400, "day"), (3600, "h"), (60, "min"), (1, "s"))
    left, parts = round(count), []
    for size, name in units:
        whole, left = divmod(left, size)
        if whole:
            parts.append(f"{whole} {name}" + ("s" if name == "day" and whole > 1 else ""))
    return " ".join(parts[:2])


def format_relative(time: datetime, now: datetime) -> str:
    """Formats the distance from now: `3 m ago`, `in 2 h`, `now`, or the date beyond 30 days."""
    distance = (now - time).total_seconds()
    size = abs(distance)
    if size > 30 * 86400:
        return time.astimezone(UTC).date().isoformat()
    if size < 1:
        return "now"
    amount = _rounded(size)
    return f"{amount} ago" if distance > 0 else f"in {amount}"


def _rounded(size: float) -> str:
    for limit, unit in ((60, 1), (3600, 60), (86400, 3600)):
        if size < limit:
            return f"{size // unit:.0f} {'s' if unit == 1 else 'm' if unit == 60 else 'h'}"
    days = int(size // 86400)
    return f"{days} day" + ("s" if days > 1 else "")


def _unit_seconds(unit: str, text: str) -> int:
    known = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
    if known is None:
        raise ValueError(f"{text!r} should be {DURATION_FORM}")
    return known


def _require_unit(value: str) -> str:
    if value.isdecimal():
        raise ValueError("a time needs a unit")
    return value


def _iso(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise ValueError(f"{text!r} should be {TIME_FORM}") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
