"""What a job's log should say by the versions of the job, and what it was seen to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mosaic.events.model import Event
from mosaic.events.verify import BreakKind
from mosaic.storage.event_log import position


@dataclass
class LogModel:
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

    def seems_whole(self, version: int) -> bool:
        """Whether nobody can tell that events are missing: the last ones, behind a version of which none is there."""
        held, before = self._held(version), self._held(version - 1)
        return held[0] and held == sorted(held, reverse=True) and not any(before or [True])

    def first_break(self) -> tuple[BreakKind, int] | None:
        """What a check of the log has to name."""
        if not (lacks := self.lacks()):
            return None
        held = self._held(lacks[0])
        if not any(held):
            goes_on = any(any(self._held(later)) for later in range(lacks[0], int(self._places[-1][:8]) + 1))
            return BreakKind.GAP if goes_on else BreakKind.MISSING_TAIL, lacks[0]
        return BreakKind.EDIT if held == sorted(held, reverse=True) else BreakKind.GAP, lacks[0]

    def _held(self, version: int) -> list[bool]:
        """Of each event of the version, whether it is there."""
        missing = self._passed_over | set(self._places[self._through :])
        return [place not in missing for place in self._places if int(place[:8]) == version]

    def _is_turn(self, number: int) -> bool:
        """Whether all before it is there, or set aside."""
        while self._through < number and int(self._places[self._through][:8]) in self._aside:
            self._passed_over.add(self._places[self._through])
            self._through += 1
        return number <= self._through
