"""Contract of the event log."""

from __future__ import annotations

import pytest
from pynamodb.exceptions import PutError

from mosaic.events.model import Event, EventType
from mosaic.services.consume_stream import REFUSED
from mosaic.storage.event_log import EventLog, position
from tests.fakes.clock import NOON

JOB = "01KGA000000000000000000000"


def event(version: int, index: int = 0, text: str = "") -> Event:
    return Event(
        id=f"{JOB}-{version}-{index}",
        job_id=JOB,
        version=version,
        index=index,
        type=EventType.JOB_PROGRESS,
        actor="token:ada",
        timestamp=NOON,
        payload={"text": text, "many": [1, None, {"a": True}]},
    )


# Versions and indexes whose text would sort differently from their numbers.
VERSIONS_AND_INDEXES = [(1, 0), (1, 1), (2, 0), (9, 0), (10, 0), (10, 2), (10, 11), (123456, 0)]


def test_events_are_ordered_by_version(events: EventLog, workspace: str) -> None:
    for pair in reversed(VERSIONS_AND_INDEXES):
        events.append(workspace, event(*pair))
    found = events.page(workspace, JOB, None, 100)
    assert [(event.version, event.index) for event in found] == VERSIONS_AND_INDEXES


def test_event_is_never_overwritten(events: EventLog, workspace: str) -> None:
    events.append(workspace, event(1, text="first"))
    events.append(workspace, event(1, text="second"))
    assert events.page(workspace, JOB, None, 100) == (event(1, text="first"),)


def test_pages_continue_after_any_position(events: EventLog, workspace: str) -> None:
    log = [event(*pair) for pair in VERSIONS_AND_INDEXES]
    for logged in log:
        events.append(workspace, logged)
    first = events.page(workspace, JOB, None, 3)
    rest = events.page(workspace, JOB, position(first[-1]), 100)
    assert [*first, *rest] == log
    assert events.page(workspace, JOB, position(event(9, 999)), 1) == (log[4],)
    assert events.page(workspace, JOB, position(log[-1]), 1) == ()


def test_logs_are_separate_by_job_and_workspace(events: EventLog, workspace: str) -> None:
    events.append(workspace, event(1))
    assert events.page(workspace, JOB[:-1], None, 10) == ()
    assert events.page(f"{workspace}2", JOB, None, 10) == ()


def test_oversized_event_is_refused(events: EventLog, workspace: str) -> None:
    for _ in range(2):
        with pytest.raises(PutError) as refused:
            events.append(workspace, event(1, text="x" * 400 * 1024))
        assert refused.value.cause_response_code == REFUSED
    assert events.page(workspace, JOB, None, 10) == ()


def test_any_text_is_read_as_stored(events: EventLog, workspace: str) -> None:
    stored = event(1, text="😀 \x00\x1b\u2028\r\n" + "é" * 4096)
    events.append(workspace, stored)
    assert events.page(workspace, JOB, None, 1) == (stored,)
