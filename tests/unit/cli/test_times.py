"""Parsing and formatting of times and durations."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_cli import times

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", 90),
        ("0", 0),
        ("90s", 90),
        ("15m", 900),
        ("15 min", 900),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1 h 30 min", 5400),
        ("3 days", 259_200),
        ("2 weeks, 1 day", 1_296_000),
        ("1H", 3600),
    ],
)
def test_duration_is_parsed_to_seconds(text: str, expected: int) -> None:
    assert times.parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "h", "-1h", "1.5h", "1 fortnight", "1h ago", "٣s", "s1", "1hm"])
def test_invalid_duration_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="should be a duration"):
        times.parse_duration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-03-04T05:06:07Z"),
        ("2h", "2026-03-04T03:06:07Z"),
        ("2h ago", "2026-03-04T03:06:07Z"),
        ("in 2h", "2026-03-04T07:06:07Z"),
        ("3 days ago", "2026-03-01T05:06:07Z"),
        ("yesterday", "2026-03-03T00:00:00Z"),
        ("Today", "2026-03-04T00:00:00Z"),
        ("tomorrow", "2026-03-05T00:00:00Z"),
        ("2026-12-01", "2026-12-01T00:00:00Z"),
        ("2026-12-01 09:30", "2026-12-01T09:30:00Z"),
        ("2026-12-01T09:30:00+02:00", "2026-12-01T07:30:00Z"),
        ("2026-12-01t09:30:00.250z", "2026-12-01T09:30:00.250Z"),
    ],
)
def test_time_is_parsed(text: str, expected: str) -> None:
    assert times.format_rfc3339(times.parse_time(text, NOW)) == expected


def test_ahead_adds_duration_to_now() -> None:
    assert times.parse_time("2h", NOW, ahead=True) == NOW + timedelta(hours=2)
    assert times.parse_time("2h ago", NOW, ahead=True) == NOW - timedelta(hours=2)


@pytest.mark.parametrize(
    "text", ["", "soon", "7", "in 5", "2026-13-01", "2026-02-30", "12:30", "99999999999 days", "last week"]
)
def test_invalid_time_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="should be a time"):
        times.parse_time(text, NOW)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (1.54, "1.5 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3725, "1 h 2 min"),
        (86_400, "1 day"),
        (259_200, "3 days"),
        (259_200 + 3600, "3 days 1 h"),
    ],
)
def test_formatted_duration_has_two_units(seconds: float, expected: str) -> None:
    assert times.format_duration(seconds) == expected


@given(st.integers(0, 10**9))
def test_formatted_duration_can_be_parsed(count: int) -> None:
    read = times.parse_duration(times.format_duration(count))
    assert 0 <= count - read < max(1, count / 20)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (0, "now"),
        (5, "5 s ago"),
        (200, "3 m ago"),
        (7200, "2 h ago"),
        (90_000, "1 day ago"),
        (250_000, "2 days ago"),
        (31 * 86_400, "2026-02-01"),
        (-200, "in 3 m"),
    ],
)
def test_relative_time_is_formatted(ago: int, expected: str) -> None:
    assert times.format_relative(NOW - timedelta(seconds=ago), NOW) == expected


@pytest.mark.parametrize("text", [None, 7, "", "\x1b[31m", "soon", "2026-99-99T00:00:00Z"])
def test_invalid_timestamp_is_none(text: object) -> None:
    assert times.parse_timestamp(text) is None
