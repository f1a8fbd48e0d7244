"""The coordination store in memory."""

from __future__ import annotations

from mosaic.storage.coordination import VersionedRecord


class FakeCoordination:
    """`Coordination` over a dictionary."""

    def __init__(self) -> None:
        self._notes: dict[str, VersionedRecord] = {}

    def read(self, key: str) -> VersionedRecord:
        """See `Coordination.read`."""
        return self._notes.get(key, VersionedRecord())

    def write(self, key: str, known: VersionedRecord, text: str) -> bool:
        """See `Coordination.write`."""
        if self.read(key).version != known.version:
            return False
        self._notes[key] = VersionedRecord(text, known.version + 1)
        return True
