"""Times and durations as people write and read them. Pure; every time is UTC unless it names its offset."""

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


def seconds(text: str) -> int:
    """The seconds of a duration such as `90s`, `1h30m`, `3 days` or `90`. Raises ValueError."""
    said = text.strip().lower()
    if said.isascii() and said.isdecimal():
        return int(said)
    if not _DURATION.fullmatch(said):
        raise ValueError(f"{text!r} should be {DURATION_FORM}")
    return sum(int(number) * _unit(word, text) for number, word in _PART.findall(said))


def moment(text: str, now: datetime, *, ahead: bool = False) -> datetime:
    """The time that `text` means: a duration is so long ago, or `ahead` of now. Raises ValueError.

    A date, `today`, `yesterday` and `tomorrow` are 00:00 UTC of that day.
    """
    said = " ".join(text.split()).lower()
    if said == "now":
        return now
    if said in _DAYS:
        return _midnight(now) + timedelta(days=_DAYS[said])
    if _DATE.fullmatch(said):
        return _iso(text.strip())
    before, after = said.removesuffix(" ago"), said.removeprefix("in ")
    try:
        if before != said:
            return now - timedelta(seconds=seconds(before))
        span = timedelta(seconds=seconds(_with_unit(after)))
        return now + span if ahead or after != said else now - span
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} should be {TIME_FORM}") from error


def rfc3339(time: datetime) -> str:
    """The time as the API takes it."""
    precision = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def parsed(timestamp: object) -> datetime | None:
    """The time of an API's timestamp, None for anything that is none."""
    try:
        return _iso(timestamp) if isinstance(timestamp, str) else None
    except ValueError:
        return None


def length(count: float) -> str:
    """So many seconds in the two largest units that they fill: `3 days`, `1 h 30 min`, `1.5 s`."""
    if count < 60:
        return f"{count:.1f}".removesuffix(".0") + " s"
    units = ((86400, "day"), (3600, "h"), (60, "min"), (1, "s"))
    left, told = round(count), []
    for size, name in units:
        whole, left = divmod(left, size)
        if whole:
            told.append(f"{whole} {name}" + ("s" if name == "day" and whole > 1 else ""))
    return " ".join(told[:2])


def relative(time: datetime, now: datetime) -> str:
    """How far away a time is: `3 m ago`, `in 2 h`, `now`; a date when it is more than 30 days."""
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


def _unit(word: str, text: str) -> int:
    known = _SECONDS.get(word) or _SECONDS.get(word.removesuffix("s"))
    if known is None:
        raise ValueError(f"{text!r} should be {DURATION_FORM}")
    return known


def _with_unit(said: str) -> str:
    if said.isdecimal():
        raise ValueError("a number alone is no time")
    return said


def _iso(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise ValueError(f"{text!r} should be {TIME_FORM}") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
