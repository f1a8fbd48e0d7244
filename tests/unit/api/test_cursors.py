"""Cursors are opaque and valid only for their own list."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import cursors
from mosaic.edge.problem import Problem
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.states import JobStatus, Waiting
from tests.fakes.clock import NOON

JOB = "01KGA000000000000000000000"
queries = st.builds(
    JobQuery,
    workspace_id=st.sampled_from(["demo", "other"]),
    types=st.just(("code-task",)),
    status=st.frozensets(st.sampled_from(JobStatus)),
    type=st.sampled_from([None, "code-task", "review"]),
    agent_task_id=st.none() | st.text(max_size=5),
    repository=st.sampled_from([None, "acme/shop"]),
    issue=st.sampled_from([None, 7]),
    actor=st.sampled_from([None, "token:ada"]),
    since=st.sampled_from([None, NOON]),
    until=st.sampled_from([None, NOON]),
    updated_since=st.sampled_from([None, NOON]),
)


@given(query=queries)
def test_cursor_decodes_to_the_last_job(query: JobQuery) -> None:
    assert cursors.decode(query, cursors.encode(query, JOB)) == JOB


@given(one=queries, other=queries)
def test_cursor_of_another_list_is_rejected(one: JobQuery, other: JobQuery) -> None:
    if one == other:
        return
    with pytest.raises(Problem) as refusal:
        cursors.decode(other, cursors.encode(one, JOB))
    assert (refusal.value.status, refusal.value.code) == (400, "bad_cursor")


@given(query=queries)
def test_cursor_ignores_the_time_of_the_request(query: JobQuery) -> None:
    first, second = (replace(query, as_of=NOON + timedelta(seconds=seconds)) for seconds in (0, 1))
    assert cursors.decode(second, cursors.encode(first, JOB)) == JOB


WAITING = cursors.WaitQueueCursor("demo", Waiting.APPROVAL)


def test_queue_cursor_decodes_to_its_position() -> None:
    assert WAITING.decode(WAITING.encode(f"4#{JOB}")) == f"4#{JOB}"


@pytest.mark.parametrize(
    "other",
    [cursors.WaitQueueCursor("other", Waiting.APPROVAL), cursors.WaitQueueCursor("demo", Waiting.SLOT)],
    ids=str,
)
def test_cursor_of_another_queue_is_rejected(other: cursors.WaitQueueCursor) -> None:
    with pytest.raises(Problem, match="other filters"):
        WAITING.decode(other.encode(f"4#{JOB}"))


@given(query=queries)
def test_lists_and_queues_reject_each_others_cursors(query: JobQuery) -> None:
    with pytest.raises(Problem):
        WAITING.decode(cursors.encode(query, JOB))
    with pytest.raises(Problem):
        cursors.decode(query, WAITING.encode(f"4#{JOB}"))


@pytest.mark.parametrize("position", ["", JOB, f"#{JOB}", f"10#{JOB}", f"x#{JOB}", f"٤#{JOB}", "4#", 4, None])
def test_cursor_with_invalid_position_is_rejected(position: object) -> None:
    _, filters = json.loads(base64.urlsafe_b64decode(WAITING.encode(f"4#{JOB}") + "=="))
    with pytest.raises(Problem) as refusal:
        WAITING.decode(_packed([position, filters]))
    assert (refusal.value.status, refusal.value.code) == (400, "bad_cursor")


def _packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(
    text=st.text(max_size=60)
    | st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists).map(_packed)
)
def test_invalid_text_is_a_bad_cursor(text: str) -> None:
    with pytest.raises(Problem) as refusal:
        cursors.decode(JobQuery(workspace_id="demo", types=()), text)
    assert refusal.value.status == 400


@pytest.mark.parametrize("last_id", ["", "\ud800" * 26, "01KGA", "x" * 26, 5, None])
def test_cursor_with_invalid_job_id_is_rejected(last_id: object) -> None:
    """The digest of the filters is no secret, so clients can forge a cursor. It must not reach the store."""
    query = JobQuery(workspace_id="demo", types=())
    _, filters = json.loads(base64.urlsafe_b64decode(cursors.encode(query, JOB) + "=="))
    with pytest.raises(Problem) as refusal:
        cursors.decode(query, _packed([last_id, filters]))
    assert (refusal.value.status, refusal.value.code) == (400, "bad_cursor")
