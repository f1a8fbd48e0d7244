"""A model of a job's event log: the events that its versions imply, and the events that were written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mosaic.events.model import Event
from mosaic.events.verify import BreakKind
from mosaic.storage.event_log import position as position_of


@dataclass
class LogModel:
    """The expected events of a job in order, and how far the log has come.

    `unrecordable` are versions whose record is lost, `marked_missing` versions that a repair marked as
    missing. `violation` describes an event that should not have been written.
    """

    unrecordable: set[int] = field(default_factory=set)
    marked_missing: set[int] = field(default_factory=set)
    violation: str | None = None
    _expected: dict[str, tuple[int, str]] = field(default_factory=dict)
    _positions: list[str] = field(default_factory=list)
    _next: int = 0
    _skipped: set[str] = field(default_factory=set)
    _dead_letters: set[int] = field(default_factory=set)
    _last_append_at: dict[int, float] = field(default_factory=dict)

    def expect(self, events: Iterable[Event]) -> None:
        """Adds the events of a saved version."""
        for event in events:
            position = position_of(event)
            self._expected[position] = (len(self._positions), event.model_dump_json(by_alias=True))
            self._positions.append(position)

    def add_dead_letter(self, version: int) -> None:
        """Notes that the version's record is a dead letter, so later versions may be recorded."""
        self._dead_letters.add(version)

    def appended(self, position: str, text: str, now: float) -> None:
        """Adds an event that was written, possibly again."""
        index, expected = self._expected.get(position, (None, None))
        if text != expected or index is None or not self._is_next(index):
            self.violation = f"{position} was written as {text[:120]}"
        elif position in self._skipped:
            self._skipped.remove(position)
            self._last_append_at[int(position[:8])] = now
        elif index == self._next:
            self._next += 1
            self._last_append_at[int(position[:8])] = now

    def mark_missing(self, first: int, last: int, since: float) -> None:
        """Adds a gap marker of a repair that began at `since`."""
        missing = set(self.missing_versions())
        for version in range(first, last + 1):
            if version not in missing and self._last_append_at.get(version, 0.0) < since:
                self.violation = f"version {version} is marked as missing, and is there"
        self.marked_missing.update(range(first, last + 1))

    def missing_versions(self) -> list[int]:
        """Returns the versions that lack an event, in order."""
        return sorted({int(position[:8]) for position in (*self._skipped, *self._positions[self._next :])})

    def looks_complete(self, version: int) -> bool:
        """Returns whether the log gives no hint of missing events.

        The version lacks its last events, and the version before has none.
        """
        present, before_it = self._present(version), self._present(version - 1)
        return present[0] and present == sorted(present, reverse=True) and not any(before_it or [True])

    def first_break(self) -> tuple[BreakKind, int] | None:
        """Returns the break that log verification has to report."""
        missing = self.missing_versions()
        if not missing:
            return None
        present = self._present(missing[0])
        if not any(present):
            has_later_events = any(
                any(self._present(later)) for later in range(missing[0], int(self._positions[-1][:8]) + 1)
            )
            return BreakKind.GAP if has_later_events else BreakKind.MISSING_TAIL, missing[0]
        is_prefix = present == sorted(present, reverse=True)
        return BreakKind.EDIT if is_prefix else BreakKind.GAP, missing[0]

    def _present(self, version: int) -> list[bool]:
        """Returns for each event of the version whether it is in the log."""
        missing = self._skipped | set(self._positions[self._next :])
        return [position not in missing for position in self._positions if int(position[:8]) == version]

    def _is_next(self, index: int) -> bool:
        """Returns whether all events before this one are in the log, or their records are dead letters."""
        while self._next < index and int(self._positions[self._next][:8]) in self._dead_letters:
            self._skipped.add(self._positions[self._next])
            self._next += 1
        return index <= self._next
