"""The clock and the id generator of a real process."""

from __future__ import annotations

from datetime import UTC, datetime

from ulid import ULID

from mosaic.base import utc


def now() -> datetime:
    """Returns the current time in UTC, truncated to milliseconds."""
    return utc(datetime.now(UTC))


def new_job_id(moment: datetime) -> str:
    """Returns a new ULID: 26 characters that sort by `moment`."""
    return str(ULID.from_datetime(moment))
