"""Descending streams of job ids that can be searched, and what several of them have in common. Pure.

`in_all` is a leapfrog join: each stream jumps to where another one has come, so that keys which cannot match are
skipped and not read. A bound is a text that sorts as ids do; it need not be an id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Protocol

# No id is greater.
GREATEST = "~"
MAX_PAGE_KEYS = 1000

ReadKeys = Callable[[str, int], Sequence[str]]
"""At most so many keys (an id, or an id and `#` with more) whose id is not above the bound, descending; fewer only at
the end."""


def just_below(job_id: str) -> str:
    """A bound that is below `job_id` and above every id that is less."""
    return job_id[:-1] + chr(ord(job_id[-1]) - 1) + GREATEST


class IdStream(Protocol):
    """Ids in descending order, each once."""

    def seek(self, bound: str) -> str | None:
        """The greatest id that is not above `bound`, None if there is none; bounds must not rise from call to call."""

    @property
    def is_read(self) -> bool:
        """Whether nothing is left to read: the first page held the whole stream, or the last one is there."""


class PagedIds:
    """The ids of one key of an index, read a page of keys at a time.

    A page doubles while more than one of its ids is asked for, and is short again when the join jumps over the rest.
    """

    def __init__(self, read: ReadKeys, size: int, passes: Callable[[str], bool] | None = None) -> None:
        self._read, self._first, self._size = read, size, size
        self._passes = passes
        self._ids: deque[str] = deque()
        self._unread: str | None = GREATEST
        self._found: str | None = None
        self._uses = 2

    @property
    def is_read(self) -> bool:
        """See `IdStream.is_read`."""
        return self._unread is None

    def seek(self, bound: str) -> str | None:
        """See `IdStream.seek`."""
        while True:
            while self._ids and self._ids[0] > bound:
                self._ids.popleft()
            if self._ids:
                return self._use(self._ids[0])
            if self._unread is None:
                return None
            self._fetch(min(bound, self._unread))

    def _use(self, job_id: str) -> str:
        self._uses += job_id != self._found
        self._found = job_id
        return job_id

    def _fetch(self, bound: str) -> None:
        keys = self._read(bound, self._size)
        self._ids.extend(_id_of(key) for key in keys if self._passes is None or self._passes(key))
        self._unread = just_below(_id_of(keys[-1])) if len(keys) == self._size else None
        self._size = min(self._size * 2, max(MAX_PAGE_KEYS, self._first)) if self._uses > 1 else self._first
        self._uses = 0


class InAny:
    """The ids that at least one of the streams holds."""

    def __init__(self, streams: Sequence[IdStream]) -> None:
        self._streams = streams

    @property
    def is_read(self) -> bool:
        """See `IdStream.is_read`."""
        return all(stream.is_read for stream in self._streams)

    def seek(self, bound: str) -> str | None:
        """See `IdStream.seek`."""
        found = (stream.seek(bound) for stream in self._streams)
        return max((job_id for job_id in found if job_id), default=None)


def in_all(streams: Sequence[IdStream], bound: str) -> Iterator[str]:
    """The ids not above `bound` that all streams hold, descending."""
    while (job_id := _next_in_all(streams, bound)) is not None:
        yield job_id
        bound = just_below(job_id)


def _next_in_all(streams: Sequence[IdStream], bound: str) -> str | None:
    agreed = 0
    for stream in cycle(streams):
        found = stream.seek(bound)
        if found is None:
            return None
        agreed = agreed + 1 if found == bound else 1
        if agreed == len(streams):
            return found
        bound = found
    return None


def _id_of(key: str) -> str:
    return key.partition("#")[0]
