"""Single values as text, and cells that are shown shorter to people than to programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from mosaic_cli.times import length, parsed, relative

ID_CHARACTERS = 6
ULID_CHARACTERS = 26


@runtime_checkable
class Short(Protocol):
    """A value with a short form for a terminal; `str()` gives all of it."""

    def short(self, now: datetime) -> str:
        """The short form."""


@dataclass(frozen=True)
class Moment:
    """A time: relative on a terminal, else RFC 3339 in UTC to the minute."""

    timestamp: object

    def __str__(self) -> str:
        return minute(self.timestamp)

    def short(self, now: datetime) -> str:
        """How far away it is."""
        time = parsed(self.timestamp)
        return relative(time, now) if time else shown(self.timestamp)


@dataclass(frozen=True)
class Id:
    """An id, whose last characters tell it from others and are taken by every command."""

    id: object

    def __str__(self) -> str:
        return shown(self.id)

    def short(self, _: datetime) -> str:
        """The last characters of a ULID; other ids, such as those of the demo's tokens, have no such part."""
        whole = shown(self.id)
        return whole[-ID_CHARACTERS:] if len(whole) == ULID_CHARACTERS else whole


@dataclass(frozen=True)
class Status:
    """A status, and whether it lasts until a person acts."""

    name: object
    waits_for_person: bool = False

    def __str__(self) -> str:
        return shown(self.name)


def moment(timestamp: object) -> str:
    """RFC 3339 in UTC, without the milliseconds."""
    whole, _, rest = shown(timestamp).partition(".")
    return f"{whole}Z" if rest else whole


def minute(timestamp: object) -> str:
    """RFC 3339 in UTC, to the minute."""
    return f"{shown(timestamp)[:16]}Z" if timestamp else ""


def clock_time(timestamp: object) -> str:
    """The time of day in UTC, to the second."""
    time = parsed(timestamp)
    return time.astimezone(UTC).strftime("%H:%M:%S") if time else shown(timestamp)


def duration(seconds: object) -> str:
    """A number of seconds in the units that people use."""
    return length(seconds) if isinstance(seconds, int | float) else shown(seconds)


def shown(value: object) -> str:
    """`value` as text, nothing for None."""
    return "" if value is None else str(value)


def cut(text: str, lines: int) -> str:
    """The first lines of a text, and how many more there are."""
    every = text.splitlines()
    if len(every) <= lines:
        return text
    return "\n".join([*every[:lines], f"… {len(every) - lines} more lines: --full shows them"])
