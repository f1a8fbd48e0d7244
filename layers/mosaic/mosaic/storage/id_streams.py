"""Searchable descending streams of job ids, and their intersection. Pure.

`in_all` is a leapfrog join: each stream seeks the id of another one, so that keys which cannot match are not
read. A bound is a text that sorts like an id; it need not be an id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Protocol

# No id is greater than this bound.
GREATEST = "~"
MAX_PAGE_KEYS = 1000

ReadKeys = Callable[[str, int], Sequence[str]]
"""Returns at most so many keys with ids not above the bound, in descending order; fewer only at the end.

A key is an id, or an id and `#` with more text.
"""


def just_below(job_id: str) -> str:
    """Returns a bound below `job_id` and above every smaller id."""
    return job_id[:-1] + chr(ord(job_id[-1]) - 1) + GREATEST


class IdStream(Protocol):
    """Unique ids in descending order."""

    def seek(self, bound: str) -> str | None:
        """Returns the greatest id not above `bound`, or None. Bounds must not increase from call to call."""

    @property
    def is_read(self) -> bool:
        """True if the whole stream is in memory, so that no read is left."""


class PagedIds:
    """The ids under one key of an index, read a page of keys at a time.

    The page size doubles while a page's ids are used, and is reset when the join skips most of a page.
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
    """The union of streams."""

    def __init__(self, streams: Sequence[IdStream]) -> None:
        self._streams = streams

    @property
    def is_read(self) -> bool:
        """See `IdStream.is_read`."""
        return all(stream.is_read for stream in self._streams)

    def seek(self, bound: str) -> str | None:
        """See `IdStream.seek`."""
        ids = (stream.seek(bound) for stream in self._streams)
        return max((job_id for job_id in ids if job_id), default=None)


def in_all(streams: Sequence[IdStream], bound: str) -> Iterator[str]:
    """Returns the ids not above `bound` that all streams hold, in descending order."""
    while (job_id := _next_in_all(streams, bound)) is not None:
        yield job_id
        bound = just_below(job_id)


def _next_in_all(streams: Sequence[IdStream], bound: str) -> str | None:
    agreed = 0
    for stream in cycle(streams):
        job_id = stream.seek(bound)
        if job_id is None:
            return None
        agreed = agreed + 1 if job_id == bound else 1
        if agreed == len(streams):
            return job_id
        bound = job_id
    return None


def _id_of(key: str) -> str:
    return key.partition("#")[0]
