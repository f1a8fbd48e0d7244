"""The shared notes in memory."""

from __future__ import annotations

from mosaic.storage.coordination import VersionedRecord


class FakeCoordination:
    """`Shared` over a dictionary."""

    def __init__(self) -> None:
        self._notes: dict[str, VersionedRecord] = {}

    def read(self, key: str) -> VersionedRecord:
        """As Shared."""
        return self._notes.get(key, VersionedRecord())

    def write(self, key: str, known: VersionedRecord, text: str) -> bool:
        """As Shared."""
        if self.read(key).version != known.version:
            return False
        self._notes[key] = VersionedRecord(text, known.version + 1)
        return True
