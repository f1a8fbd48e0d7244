"""The bus in memory."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic.events.bus import Notice


class FakeBus:
    """`Bus` that keeps what it was sent, but for the events named in `refuses`."""

    def __init__(self) -> None:
        self.sent: list[Notice] = []
        self.refuses: set[str] = set()

    def publish(self, notices: Sequence[Notice]) -> frozenset[str]:
        """As Bus."""
        refused = frozenset(notice.event.id for notice in notices) & self.refuses
        self.sent += (notice for notice in notices if notice.event.id not in refused)
        return refused

    @property
    def ids(self) -> list[str]:
        """Of the events that were sent, in order."""
        return [notice.event.id for notice in self.sent]
