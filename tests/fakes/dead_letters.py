"""Dead letters in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.storage.dead_letters import AT_ONCE, HIDDEN_SECONDS, DeadLetter
from mosaic.storage.job_queue import QueueUnavailable
from tests.fakes.clock import NOON


class FakeLetters:
    """`Letters` that can be looked at whole. While `down`, nothing can be put there.

    What somebody takes and neither drops nor leaves can be taken again later, by the `clock`.
    """

    def __init__(self, *bodies: str, clock: Callable[[], datetime] = lambda: NOON) -> None:
        self._clock = clock
        self._held: dict[str, tuple[str, str]] = {}
        self._hidden: dict[str, datetime] = {}
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

    def take(self) -> tuple[DeadLetter, ...]:
        """As Letters."""
        taken = self._seen()[:AT_ONCE]
        self._hidden |= dict.fromkeys(taken, self._clock() + timedelta(seconds=HIDDEN_SECONDS))
        return tuple(DeadLetter(self._held[handle][0], handle) for handle in taken)

    def drop(self, letter: DeadLetter) -> None:
        """As Letters."""
        self._held.pop(letter.handle, None)

    def leave(self, letter: DeadLetter) -> None:
        """As Letters."""
        self._hidden.pop(letter.handle, None)

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
        return len(self._seen())

    def _seen(self) -> list[str]:
        now = self._clock()
        return [handle for handle in self._held if self._hidden.get(handle, now) <= now]
