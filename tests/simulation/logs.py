"""What a job's log should say by the versions of the job, and what it was seen to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mosaic.events.log import position
from mosaic.events.model import Event
from mosaic.events.verify import BreakKind


@dataclass
class Log:
    """A job's log, event by event in the order in which they came about.

    `lost` are versions whose record nobody has any more; `marked` those that a repair said are not to be had;
    `wrong` is what was written though it should not have been.
    """

    lost: set[int] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)
    wrong: str | None = None
    _texts: dict[str, tuple[int, str]] = field(default_factory=dict)
    _places: list[str] = field(default_factory=list)
    _through: int = 0
    _passed_over: set[str] = field(default_factory=set)
    _aside: set[int] = field(default_factory=set)
    _closed_at: dict[int, float] = field(default_factory=dict)

    def should_say(self, events: Iterable[Event]) -> None:
        """A version was saved, of which these are the events."""
        for event in events:
            place = position(event)
            self._texts[place] = (len(self._places), event.model_dump_json(by_alias=True))
            self._places.append(place)

    def set_aside(self, version: int) -> None:
        """The version's record is set aside, and holds up no later one."""
        self._aside.add(version)

    def appended(self, place: str, text: str, now: float) -> None:
        """An event was written, or written again."""
        number, wanted = self._texts.get(place, (None, None))
        if text != wanted or number is None or not self._is_turn(number):
            self.wrong = f"{place} was written as {text[:120]}"
        elif place in self._passed_over:
            self._passed_over.remove(place)
            self._closed_at[int(place[:8])] = now
        elif number == self._through:
            self._through += 1
            self._closed_at[int(place[:8])] = now

    def mark(self, first: int, last: int, since: float) -> None:
        """A repair that began at `since` says that these versions are not to be had."""
        lacking = set(self.lacks())
        for version in range(first, last + 1):
            if version not in lacking and self._closed_at.get(version, 0.0) < since:
                self.wrong = f"version {version} is marked as missing, and is there"
        self.marked.update(range(first, last + 1))

    def lacks(self) -> list[int]:
        """The versions of which an event is not there, in their order."""
        return sorted({int(place[:8]) for place in (*self._passed_over, *self._places[self._through :])})

    def first_break(self) -> tuple[BreakKind, int] | None:
        """What a check of the log has to name."""
        if not (lacks := self.lacks()):
            return None
        version, missing = lacks[0], self._passed_over | set(self._places[self._through :])
        there = [place for place in self._places if place not in missing]
        of_it = [place for place in self._places if int(place[:8]) == version]
        if there and int(there[-1][:8]) > version and not set(of_it) & set(there):
            return BreakKind.GAP, version
        if not set(of_it) & set(there):
            return BreakKind.MISSING_TAIL, version
        held = [place in missing for place in of_it]
        return BreakKind.GAP if held != sorted(held) else BreakKind.EDIT, version

    def _is_turn(self, number: int) -> bool:
        """Whether all before it is there, or set aside."""
        while self._through < number and int(self._places[self._through][:8]) in self._aside:
            self._passed_over.add(self._places[self._through])
            self._through += 1
        return number <= self._through
