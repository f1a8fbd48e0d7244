"""Single values as text. Some have a short form for terminals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from mosaic_cli.times import format_duration, format_relative, parse_timestamp

ID_CHARACTERS = 6
ULID_CHARACTERS = 26


@runtime_checkable
class Short(Protocol):
    """A value with a short form for terminals; `str()` returns the full form."""

    def short(self, now: datetime) -> str:
        """Returns the short form."""


@dataclass(frozen=True)
class Timestamp:
    """A time: relative on a terminal, else RFC 3339 in UTC to the minute."""

    timestamp: object

    def __str__(self) -> str:
        return utc_minute(self.timestamp)

    def short(self, now: datetime) -> str:
        """Returns the distance from now."""
        time = parse_timestamp(self.timestamp)
        return format_relative(time, now) if time else as_text(self.timestamp)


@dataclass(frozen=True)
class Id:
    """An id. Its last characters identify it, and every command accepts them."""

    id: object

    def __str__(self) -> str:
        return as_text(self.id)

    def short(self, _: datetime) -> str:
        """Returns the last characters of a ULID, or any other id in full."""
        full = as_text(self.id)
        return full[-ID_CHARACTERS:] if len(full) == ULID_CHARACTERS else full


@dataclass(frozen=True)
class Status:
    """A status, and whether the job waits for a person."""

    name: object
    waits_for_person: bool = False

    def __str__(self) -> str:
        return as_text(self.name)


def utc_second(timestamp: object) -> str:
    """Returns the time as RFC 3339 in UTC, without milliseconds."""
    whole, _, fraction = as_text(timestamp).partition(".")
    return f"{whole}Z" if fraction else whole


def utc_minute(timestamp: object) -> str:
    """Returns the time as RFC 3339 in UTC, to the minute."""
    return f"{as_text(timestamp)[:16]}Z" if timestamp else ""


def utc_clock_time(timestamp: object) -> str:
    """Returns the time of day in UTC, to the second."""
    time = parse_timestamp(timestamp)
    return time.astimezone(UTC).strftime("%H:%M:%S") if time else as_text(timestamp)


def readable_duration(seconds: object) -> str:
    """Returns a number of seconds in readable units."""
    return format_duration(seconds) if isinstance(seconds, int | float) else as_text(seconds)


def as_text(value: object) -> str:
    """Returns the value as text, empty for None."""
    return "" if value is None else str(value)


def first_lines(text: str, lines: int) -> str:
    """Returns the first lines of a text, and the number of lines left out."""
    all_lines = text.splitlines()
    if len(all_lines) <= lines:
        return text
    return "\n".join([*all_lines[:lines], f"… {len(all_lines) - lines} more lines: --full shows them"])
