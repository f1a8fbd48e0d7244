"""Dead letters in memory."""

from __future__ import annotations

from mosaic.jobs.letters import AT_ONCE, Letter
from mosaic.jobs.queue import QueueUnavailable


class FakeLetters:
    """`Letters` that can be looked at whole. While `down`, nothing can be put there."""

    def __init__(self, *bodies: str) -> None:
        self._held: dict[str, tuple[str, str]] = {}
        self._taken: set[str] = set()
        self._made = 0
        self.down = False
        for body in bodies:
            self.put(body, "")

    def put(self, body: str, reason: str) -> None:
        """As Letters."""
        if self.down:
            raise QueueUnavailable("a message was not set aside: down")
        self._made += 1
        self._held[str(self._made)] = (body, reason)

    def take(self) -> tuple[Letter, ...]:
        """As Letters."""
        free = [handle for handle in self._held if handle not in self._taken][:AT_ONCE]
        self._taken.update(free)
        return tuple(Letter(self._held[handle][0], handle) for handle in free)

    def drop(self, letter: Letter) -> None:
        """As Letters."""
        self._held.pop(letter.handle, None)

    def leave(self, letter: Letter) -> None:
        """As Letters."""
        self._taken.discard(letter.handle)

    @property
    def bodies(self) -> list[str]:
        """What is held, oldest first."""
        return [body for body, _ in self._held.values()]

    @property
    def reasons(self) -> list[str]:
        """Why it was set aside, oldest first."""
        return [reason for _, reason in self._held.values()]

    @property
    def free(self) -> int:
        """How many can be taken."""
        return len(self._held.keys() - self._taken)
