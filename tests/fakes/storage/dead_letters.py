"""Dead letters in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.storage.dead_letters import AT_ONCE, HIDDEN_SECONDS, DeadLetter
from mosaic.storage.job_queue import QueueUnavailable
from tests.fakes.clock import NOON


class FakeDeadLetters:
    """`DeadLetters` over a dictionary. While `down`, `put` raises.

    A received dead letter that is neither deleted nor released becomes visible again, by the `clock`.
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
        """See `DeadLetters.put`."""
        if self.down:
            raise QueueUnavailable("the message was not added to the dead letters: down")
        self._made += 1
        self._held[str(self._made)] = (body, reason)

    def receive(self) -> tuple[DeadLetter, ...]:
        """See `DeadLetters.receive`."""
        taken = self._seen()[:AT_ONCE]
        self._hidden |= dict.fromkeys(taken, self._clock() + timedelta(seconds=HIDDEN_SECONDS))
        return tuple(DeadLetter(self._held[handle][0], handle) for handle in taken)

    def delete(self, dead_letter: DeadLetter) -> None:
        """See `DeadLetters.delete`."""
        self._held.pop(dead_letter.handle, None)

    def release(self, dead_letter: DeadLetter) -> None:
        """See `DeadLetters.release`."""
        self._hidden.pop(dead_letter.handle, None)

    @property
    def bodies(self) -> list[str]:
        """The bodies of all dead letters, oldest first."""
        return [body for body, _ in self._held.values()]

    @property
    def reasons(self) -> list[str]:
        """The reasons of all dead letters, oldest first."""
        return [reason for _, reason in self._held.values()]

    @property
    def free(self) -> int:
        """The number of visible dead letters."""
        return len(self._seen())

    def _seen(self) -> list[str]:
        now = self._clock()
        return [handle for handle in self._held if self._hidden.get(handle, now) <= now]
