"""Callback tokens name one attempt and cannot be made without the key; bodies are read leniently."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic.openclaw.callback import CallbackRef, bearer_matches, parse, token_for, verify
from mosaic.openclaw.errors import CallbackError, MalformedCallback
from mosaic.openclaw.model import RunOutcome

KEY = "callback-key-0123456789"
URL_SAFE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@settings(deadline=None)
@given(st.text(), st.text(), st.integers(0, 10**6), st.text(min_size=1))
def test_token_is_url_safe_and_names_its_attempt(workspace: str, job: str, attempt: int, key: str) -> None:
    token = token_for(workspace, job, attempt, key)
    assert set(token) <= URL_SAFE
    if len(token) <= 1024:
        assert verify(token, (key,)) == CallbackRef(workspace, job, attempt)


@settings(deadline=None)
@given(st.data())
def test_other_tokens_are_refused(data: st.DataObject) -> None:
    token = token_for("demo", "01JD", 1, KEY)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(sorted(URL_SAFE - {token[at]})))
    for forged in (token[:at] + other + token[at + 1 :], token[:at], token + other):
        with pytest.raises(CallbackError):
            verify(forged, (KEY,))


@pytest.mark.parametrize("token", ["", ".", "a.b", "ä.ö", "\udc80.x", "a" * 5000, "W10.", "W10.W10"])
def test_garbage_is_refused(token: str) -> None:
    with pytest.raises(CallbackError):
        verify(token, (KEY,))


def test_keys_rotate() -> None:
    token = token_for("demo", "01JD", 2, "old-key")
    assert verify(token, ("new-key", "old-key")).attempt == 2
    with pytest.raises(CallbackError):
        verify(token, ("new-key",))
    with pytest.raises(CallbackError):
        verify(token, ())


def test_empty_key_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        token_for("demo", "01JD", 1, "")


def test_token_is_bound_to_its_purpose() -> None:
    body, seal = token_for("demo", "01JD", 1, KEY).split(".")
    assert json.loads(base64.urlsafe_b64decode(body + "==")) == ["demo", "01JD", 1]
    plain = base64.urlsafe_b64encode(hmac.new(KEY.encode(), body.encode(), hashlib.sha256).digest())
    assert seal != plain.rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        ("Bearer secret", True),
        ("bearer secret", True),
        ("Bearer  secret", True),
        ("Bearer secre", False),
        ("Bearer secrets", False),
        ("Basic secret", False),
        ("secret", False),
        ("Bearer", False),
        ("Bearer \udc80", False),
        ("", False),
        (None, False),
    ],
)
def test_bearer_must_be_the_token(header: str | None, matches: bool) -> None:
    assert bearer_matches(header, ("secret",)) is matches
    assert bearer_matches(header, ("new secret", "secret")) is matches


def test_unset_token_matches_no_bearer() -> None:
    assert not bearer_matches("Bearer ", ("",))
    assert not bearer_matches("Bearer ", ())


BODY: dict[str, Any] = {
    "jobId": "id-1",
    "action": "finished",
    "runAtMs": 1795363746102,
    "durationMs": 8062,
    "status": "ok",
    "summary": "done",
    "sessionKey": "agent:weaver:cron:id-1",
    "model": "fake-1",
    "provider": "fake",
    "usage": {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18},
}


def test_finished_run_is_parsed() -> None:
    assert parse(BODY) == RunOutcome(
        status="ok",
        summary="done",
        model="fake-1",
        provider="fake",
        tokens_input=11,
        tokens_output=7,
        duration_ms=8062,
        session_key="agent:weaver:cron:id-1",
        run_at=datetime(2026, 11, 22, 16, 9, 6, 102000, UTC),
    )


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"status": "error", "error": "broke", "summary": None}, "error", "broke"),
        ({"status": "exploded"}, "status", "error"),
        ({"status": "exploded"}, "error", "unknown status 'exploded'"),
        ({"usage": None}, "tokens_input", None),
        ({"usage": {"input_tokens": "many"}}, "tokens_input", None),
        ({"usage": {"output_tokens": 7.0}}, "tokens_output", 7),
        ({"usage": {"output_tokens": -1}}, "tokens_output", None),
        ({"durationMs": float("nan")}, "duration_ms", None),
        ({"durationMs": True}, "duration_ms", None),
        ({"runAtMs": 10**18}, "run_at", None),
        ({"summary": 7}, "summary", None),
        ({"somethingNew": {}}, "summary", "done"),
    ],
)
def test_missing_or_invalid_fields_are_none(change: dict[str, Any], field: str, value: object) -> None:
    assert getattr(parse({**BODY, **change}), field) == value


@pytest.mark.parametrize(
    "body", [{}, {"action": "started", "status": "ok"}, {"action": "finished"}, {"status": 1}]
)
def test_unfinished_run_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(MalformedCallback):
        parse(body)
