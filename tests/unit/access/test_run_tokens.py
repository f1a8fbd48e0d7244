"""Run tokens name one attempt, and no other sealed token is accepted as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.access.model import Principal, Role
from mosaic.access.run_tokens import PREFIX, is_run_token, run_token, verify
from mosaic.openclaw import callback
from mosaic.openclaw.errors import CallbackError
from mosaic.sealed_tokens import Forged, seal, unseal

KEY = "callback-key-0123456789"
JOB = "01KGA000000000000000000000"
TOKEN = run_token("demo", JOB, 2, KEY)
URL_SAFE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_run_token_returns_runner_of_attempt() -> None:
    assert is_run_token(TOKEN)
    assert verify(TOKEN, (KEY,)) == Principal(workspace_id="demo", role=Role.RUNNER, job_id=JOB, attempt=2)


@given(workspace=st.text(max_size=99), job=st.text(max_size=30), attempt=st.integers(1, 10**6))
def test_attempts_have_different_tokens(workspace: str, job: str, attempt: int) -> None:
    token = run_token(workspace, job, attempt, KEY)
    assert token == run_token(workspace, job, attempt, KEY)
    assert set(token) <= URL_SAFE
    known = verify(token, (KEY,))
    if known:
        assert (known.workspace_id, known.job_id, known.attempt) == (workspace, job, attempt)
    else:
        assert len(token) > 1024


@given(st.data())
def test_other_tokens_are_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TOKEN) - 1))
    other = data.draw(st.sampled_from(sorted(URL_SAFE - {TOKEN[at]})))
    for forged in (TOKEN[:at] + other + TOKEN[at + 1 :], TOKEN[:at], TOKEN + other):
        assert verify(forged, (KEY,)) is None


@given(st.text(max_size=50))
def test_garbage_returns_none(text: str) -> None:
    assert verify(text, (KEY,)) is None
    assert verify(PREFIX + text, (KEY,)) is None


def test_callback_token_is_not_a_run_token() -> None:
    made = callback.token_for("demo", JOB, 2, KEY)
    assert verify(made, (KEY,)) is None
    assert verify(PREFIX + made, (KEY,)) is None


@pytest.mark.parametrize("token", [TOKEN, TOKEN.removeprefix(PREFIX)])
def test_run_token_is_not_a_callback_token(token: str) -> None:
    with pytest.raises(CallbackError):
        callback.verify(token, (KEY,))


def test_keys_rotate() -> None:
    assert verify(TOKEN, ("new-key", KEY)) is not None
    assert verify(TOKEN, ("new-key",)) is None
    assert verify(TOKEN, ()) is None


@given(one=st.text(max_size=9), other=st.text(max_size=9))
def test_token_is_valid_for_its_purpose_only(one: str, other: str) -> None:
    token = seal(["demo"], one, KEY)
    assert unseal(token, one, (KEY,)) == ["demo"]
    if one != other:
        with pytest.raises(Forged):
            unseal(token, other, (KEY,))


def test_empty_key_raises() -> None:
    with pytest.raises(ValueError, match="empty"):
        run_token("demo", JOB, 1, "")
