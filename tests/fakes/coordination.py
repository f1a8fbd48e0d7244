"""The shared notes in memory."""

from __future__ import annotations

from mosaic.storage.coordination import Note


class FakeShared:
    """`Shared` over a dictionary."""

    def __init__(self) -> None:
        self._notes: dict[str, Note] = {}

    def read(self, key: str) -> Note:
        """As Shared."""
        return self._notes.get(key, Note())

    def write(self, key: str, known: Note, text: str) -> bool:
        """As Shared."""
        if self.read(key).version != known.version:
            return False
        self._notes[key] = Note(text, known.version + 1)
        return True
