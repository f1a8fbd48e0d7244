"""Times: UTC, whole milliseconds, and texts that sort by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.base import rfc3339, utc

# Without the first and last days, which may be out of range in UTC.
moments = st.datetimes(
    datetime.fromisoformat("0001-01-03"),
    datetime.fromisoformat("9999-12-29"),
    timezones=st.timezones() | st.just(UTC),
)
MILLISECOND = timedelta(milliseconds=1)


@given(moment=moments)
def test_time_is_truncated_and_converted_to_utc(moment: datetime) -> None:
    kept = utc(moment)
    assert kept.tzinfo is UTC
    assert timedelta(0) <= moment - kept < MILLISECOND
    assert kept.microsecond % 1000 == 0
    assert datetime.fromisoformat(rfc3339(moment)) == kept
    assert len(rfc3339(moment)) == len("2026-01-31T12:00:00.000Z")


@given(one=moments, other=moments)
def test_text_sorts_by_time(one: datetime, other: datetime) -> None:
    assert (rfc3339(one) < rfc3339(other)) == (utc(one) < utc(other))


@pytest.mark.parametrize("naive", [datetime(2026, 1, 31, 12)])  # noqa: DTZ001 - the case in question
def test_time_without_offset_is_refused(naive: datetime) -> None:
    with pytest.raises(ValueError, match="offset"):
        utc(naive)
