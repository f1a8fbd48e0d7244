"""Ids in full, by their start or end, and as `@last`."""

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_cli.api.ids import created_between
from tests.unit.cli.conftest import FakeApi, Mosaic

ONE, TWO = "01M8JBSY4T0BJ0A2CVQ91J91G9", "01M8JB1YYNJWYZVDHXYD7Q85KW"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def page(*ids: str, cursor: str | None = None) -> dict[str, object]:
    return {"items": [{"id": id} for id in ids], "cursor": cursor}


@pytest.mark.parametrize("text", [ONE, ONE.lower(), f"…{ONE}"])
def test_full_id_needs_no_search(mosaic: Mosaic, fake_api: FakeApi, text: str) -> None:
    mosaic("jobs", "show", text)

    assert [path for _, path, _ in fake_api.calls] == [f"/runner-jobs/{ONE}"]


@pytest.mark.parametrize("text", ["1J91G9", "1j91g9", "…1J91G9", "CVQ91J91G9"])
def test_end_of_id_identifies_job(mosaic: Mosaic, fake_api: FakeApi, text: str) -> None:
    fake_api.respond_by_path({"/runner-jobs": page(TWO, ONE), f"/runner-jobs/{ONE}": {"id": ONE}})

    assert mosaic("jobs", "show", text, "-o", "id").stdout == f"{ONE}\n"


def test_start_of_id_is_searched_by_time(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond_by_path({"/runner-jobs": page(TWO), f"/runner-jobs/{TWO}": {"id": TWO}})

    assert mosaic("jobs", "show", "01m8jb1y", "-o", "id").stdout == f"{TWO}\n"
    query = dict(httpx.URL(fake_api.calls[0][1]).params)
    since, until = (datetime.fromisoformat(query[name]) for name in ("since", "until"))
    assert since <= datetime(2026, 11, 29, 0, 25, 8, 309_000, UTC) < until


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("01M8JB", 2, "is ambiguous"),
        ("ZZZZZZ", 4, "among the newest 1000"),
        ("1J91G", 2, "at least the first or last 6"),
        ("../tokens?a#b", 2, "is not an id"),
        ("J91G9\n", 2, "is not an id"),
        ("01M8JBSY4T0BJ0A2CVQ91J91G9X", 2, "is not an id"),
        ("ILOU00", 2, "is not an id"),
        ("@first", 2, "@last"),
    ],
)
def test_id_without_single_match_is_rejected(
    mosaic: Mosaic, fake_api: FakeApi, text: str, code: int, expected: str
) -> None:
    fake_api.respond(page(ONE, TWO))

    result = mosaic("jobs", "cancel", text)
    assert result.exit_code == code
    assert expected in result.stderr
    assert all(method == "GET" for method, _, _ in fake_api.calls)


def test_search_for_end_of_id_is_bounded(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(page(ONE, cursor="more"))

    assert mosaic("jobs", "show", "ZZZZZZ").exit_code == 4
    assert len(fake_api.requests) == 10


def test_last_is_newest_job(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond_by_path({"/runner-jobs": page(ONE), f"/runner-jobs/{ONE}": {"id": ONE}})

    assert mosaic("jobs", "show", "@last", "-q").stdout == f"{ONE}\n"
    assert fake_api.calls[0][1] == "/runner-jobs?limit=1"


def test_last_without_jobs_is_not_found(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(page())

    assert mosaic("jobs", "show", "@last").exit_code == 4


def test_end_of_id_identifies_token(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(page(ONE, TWO), httpx.Response(204))

    assert mosaic("tokens", "revoke", "1j91g9").stdout == f"revoked: {ONE}\n"
    assert fake_api.calls[1][:2] == ("DELETE", f"/tokens/{ONE}")


@given(st.integers(0, 4_102_444_799_999), st.integers(6, 26))
def test_window_of_prefix_contains_creation_time(milliseconds: int, length: int) -> None:
    time, left = "", milliseconds
    for _ in range(10):
        left, digit = divmod(left, 32)
        time = ALPHABET[digit] + time
    window = created_between((time + "0" * 16)[:length])

    assert window is not None
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    since, until = (datetime.fromisoformat(window[name]) for name in ("since", "until"))
    assert (since - moment).total_seconds() < 0.001
    assert until > moment


@pytest.mark.parametrize("prefix", ["ZZZZZZ", "7ZZZZZZZZZ", "1J91G9"])
def test_impossible_creation_time_has_no_window(prefix: str) -> None:
    assert created_between(prefix) is None
