"""Errors differ by what the caller should do, and their texts hold no secret."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mosaic.openclaw import responses
from mosaic.openclaw.client import Gateway, once
from mosaic.openclaw.errors import (
    GatewayError,
    GatewayRefused,
    GatewayUnauthorized,
    GatewayUnavailable,
    ScheduledRunNotFound,
    ScheduleInPast,
)
from mosaic.openclaw.model import RunRequest


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"ok": False, "error": {"code": "INVALID_REQUEST", "message": message, **more}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "retryable"),
    [
        (400, error("schedule.at is in the past: … (2 minutes ago)."), ScheduleInPast, False),
        (400, error("no", details={"code": "CRON_JOB_NOT_FOUND"}), ScheduledRunNotFound, False),
        (400, error("invalid cron.add params"), GatewayRefused, False),
        (400, {"error": "text"}, GatewayRefused, False),
        (400, None, GatewayRefused, False),
        (301, None, GatewayRefused, False),
        (404, None, GatewayRefused, False),
        (413, None, GatewayRefused, False),
        (401, {"error": {"message": "Unauthorized"}}, GatewayUnauthorized, False),
        (403, None, GatewayUnauthorized, False),
        (408, None, GatewayUnavailable, True),
        (429, None, GatewayUnavailable, True),
        (500, None, GatewayUnavailable, True),
        (503, error("busy"), GatewayUnavailable, True),
    ],
)
def test_error_shows_whether_to_retry(
    status: int, body: object, kind: type[GatewayError], retryable: bool
) -> None:
    failure = responses.failure(status, body)
    assert type(failure) is kind
    assert failure.retryable is retryable


@pytest.mark.parametrize(
    ("status", "body", "header", "accepted", "wait"),
    [
        (503, error("busy", retryAfterMs=1500), None, True, 1.5),
        (503, None, 7.0, True, 7.0),
        (429, None, 60.0, False, 60.0),
        (504, None, None, True, None),
        (503, error("over", retryAfterMs=500, details={"limit": "30 per 60s"}), None, False, 0.5),
    ],
)
def test_unavailable_error_has_its_details(
    status: int, body: object, header: float | None, accepted: bool, wait: float | None
) -> None:
    failure = responses.failure(status, body, header)
    assert isinstance(failure, GatewayUnavailable)
    assert (failure.may_have_been_accepted, failure.retry_after_seconds) == (accepted, wait)


def test_long_error_text_is_cut() -> None:
    failure = responses.failure(400, error("x" * 10_000))
    assert len(str(failure)) < 600


def test_token_and_callback_url_are_not_shown() -> None:
    gateway = Gateway.connect("https://gateway.test/", "very-secret")
    asked = RunRequest.model_validate(
        {
            "key": "mosaic:01JD:1",
            "name": "job",
            "agent": "weaver",
            "message": "hello",
            "tools": ("read",),
            "at": "2026-11-22T12:00:00+01:00",
            "timeout_seconds": 60,
            "callback_url": "https://api.test/stitcher/openclaw/hidden",
        }
    )
    assert "very-secret" not in repr(gateway)
    assert "hidden" not in repr(asked)


@pytest.mark.parametrize(
    ("at", "expression"),
    [
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), "0 0 12 22 11 * 2026"),
        (datetime(2026, 11, 22, 12, 0, 7, 1, tzinfo=UTC), "8 0 12 22 11 * 2026"),
        (datetime(2026, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), "0 0 0 1 1 * 2027"),
        (datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), "0 30 23 31 12 * 2025"),
    ],
)
def test_run_is_scheduled_for_one_second(at: datetime, expression: str) -> None:
    assert once(at) == {"kind": "cron", "expr": expression, "tz": "UTC", "staggerMs": 0}
