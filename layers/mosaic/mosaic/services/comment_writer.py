"""Write one comment of the bot, one function at a time, and find it again after a crash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mosaic.base import Timestamp, Value
from mosaic.forge.comments import Comments
from mosaic.redaction import redact
from mosaic.storage.coordination import Coordination, VersionedRecord

# Longer than the function runs, so that no call of an expired lease can still arrive at the forge. Shorter than the
# time until a failed message is delivered again.
WRITE_LEASE = timedelta(minutes=4)
# A forge dates comments in whole seconds by its own clock, so a comment may seem older than its cause.
MAX_FORGE_CLOCK_SKEW = timedelta(minutes=5)


class CommentBusy(Exception):
    """Another function holds the lease of the comment; try again later."""


class LeasedComment(Value):
    """The stored state of a comment: its id, and the end of the lease while a function writes it."""

    comment_id: str | None = None
    lease_until: Timestamp | None = None

    @property
    def text(self) -> str:
        """The state as it is stored."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


class CommentWriter:
    """Holds the lease of a comment's record while the comment is written."""

    def __init__(self, shared: Coordination, clock: Callable[[], datetime]) -> None:
        self._shared = shared
        self._clock = clock

    def _acquire_lease(self, key: str, record: VersionedRecord, state: LeasedComment) -> VersionedRecord:
        """Stores `state` with a lease. Raises CommentBusy if another function holds it or comes first."""
        now = self._clock()
        if state.lease_until and now < state.lease_until:
            raise CommentBusy(key)
        text = state.model_copy(update={"lease_until": now + WRITE_LEASE}).text
        if not self._shared.write(key, record, text):
            raise CommentBusy(key)
        return VersionedRecord(text, record.version + 1)

    def _release_lease(self, key: str, leased: VersionedRecord, written: LeasedComment) -> None:
        """Stores the state after writing, without the lease. Raises CommentBusy if the lease has expired."""
        if not self._shared.write(key, leased, written.model_copy(update={"lease_until": None}).text):
            raise CommentBusy(f"the lease of {key} expired")


def write_comment(
    forge: Comments,
    repository: str,
    issue: int,
    body: str,
    *,
    known_id: str | None,
    beginning: str,
    since: datetime,
) -> tuple[str, bool]:
    """Writes the comment that starts with `beginning`; returns its id, and whether it is there. Secrets of known
    forms are removed from `body`.

    An earlier function may have crashed between creating the comment and storing its id, at `since` or later.
    """
    comment_id = known_id or forge.find(repository, issue, beginning, since - MAX_FORGE_CLOCK_SKEW)
    public = redact(body)
    if comment_id is None:
        return forge.create(repository, issue, public), True
    return comment_id, forge.update(repository, comment_id, public)
