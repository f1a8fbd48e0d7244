"""Limit the requests that wait for events: each occupies an execution environment of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from mosaic.base import Timestamp, Value
from mosaic.storage.coordination import Coordination

MAX_PER_CALLER = 4
MAX_PER_WORKSPACE = 20
TRIES = 5
# A crashed request no longer counts this long after its end was due.
GRACE = timedelta(seconds=5)


class TooManyWaits(Exception):
    """The caller or its workspace has the maximum number of waiting requests."""

    def __init__(self, limit: int, whose: str) -> None:
        super().__init__(
            f"{limit} requests of {whose} wait for events; try again when one has ended, or leave out wait"
        )


class _Wait(Value):
    """One waiting request."""

    caller: str
    until: Timestamp


_WAITS = TypeAdapter(tuple[_Wait, ...])


class WaitLimiter:
    """Counts the waiting requests of each workspace in one versioned record."""

    def __init__(self, shared: Coordination, clock: Callable[[], datetime]) -> None:
        self._shared = shared
        self._clock = clock

    @contextmanager
    def waiting(self, workspace_id: str, caller: str, seconds: int) -> Iterator[None]:
        """Counts a request as waiting inside the context. Raises TooManyWaits.

        `caller` is the actor of the request. A request that is killed counts until its end was due.
        """
        wait = _Wait(caller=caller, until=self._clock() + timedelta(seconds=seconds) + GRACE)
        self._change(workspace_id, lambda waits: _with(waits, wait))
        try:
            yield
        finally:
            self._change(workspace_id, lambda waits: _without(waits, wait), is_end=True)

    def _change(
        self,
        workspace_id: str,
        change: Callable[[tuple[_Wait, ...]], tuple[_Wait, ...]],
        *,
        is_end: bool = False,
    ) -> None:
        key, now = f"waits#{workspace_id}", self._clock()
        for _ in range(TRIES):
            record = self._shared.read(key)
            known = _WAITS.validate_json(record.text) if record.text else ()
            changed = change(tuple(wait for wait in known if now < wait.until))
            if self._shared.write(key, record, _WAITS.dump_json(changed, by_alias=True).decode()):
                return
        # Many requests begin at once. The end of a request needs no record: it counts until it was due.
        if not is_end:
            raise TooManyWaits(MAX_PER_WORKSPACE, "the workspace")


def _with(waits: tuple[_Wait, ...], wait: _Wait) -> tuple[_Wait, ...]:
    if sum(other.caller == wait.caller for other in waits) >= MAX_PER_CALLER:
        raise TooManyWaits(MAX_PER_CALLER, "the caller")
    if len(waits) >= MAX_PER_WORKSPACE:
        raise TooManyWaits(MAX_PER_WORKSPACE, "the workspace")
    return (*waits, wait)


def _without(waits: tuple[_Wait, ...], wait: _Wait) -> tuple[_Wait, ...]:
    rest = list(waits)
    if wait in rest:
        rest.remove(wait)
    return tuple(rest)
