"""The clock and the ids of a real process; everything else gets them passed in."""

from __future__ import annotations

from datetime import UTC, datetime

from ulid import ULID

from mosaic.base import utc


def now() -> datetime:
    """The time in UTC, to the millisecond."""
    return utc(datetime.now(UTC))


def new_job_id(moment: datetime) -> str:
    """A ULID: 26 characters that sort by `moment`."""
    return str(ULID.from_datetime(moment))
