"""What the flows may expect of the event log."""

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


# Versions and indexes whose text sorts otherwise than their numbers.
PLACES = [(1, 0), (1, 1), (2, 0), (9, 0), (10, 0), (10, 2), (10, 11), (123456, 0)]


def test_events_come_back_in_the_order_of_their_versions(events: EventLog, workspace: str) -> None:
    for place in reversed(PLACES):
        events.append(workspace, event(*place))
    found = events.page(workspace, JOB, None, 100)
    assert [(event.version, event.index) for event in found] == PLACES


def test_an_event_that_is_there_is_never_overwritten(events: EventLog, workspace: str) -> None:
    events.append(workspace, event(1, text="first"))
    events.append(workspace, event(1, text="second"))
    assert events.page(workspace, JOB, None, 100) == (event(1, text="first"),)


def test_pages_follow_one_another_and_a_position_needs_no_event(events: EventLog, workspace: str) -> None:
    log = [event(*place) for place in PLACES]
    for logged in log:
        events.append(workspace, logged)
    first = events.page(workspace, JOB, None, 3)
    rest = events.page(workspace, JOB, position(first[-1]), 100)
    assert [*first, *rest] == log
    assert events.page(workspace, JOB, position(event(9, 999)), 1) == (log[4],)
    assert events.page(workspace, JOB, position(log[-1]), 1) == ()


def test_logs_of_other_jobs_and_workspaces_are_other_logs(events: EventLog, workspace: str) -> None:
    events.append(workspace, event(1))
    assert events.page(workspace, JOB[:-1], None, 10) == ()
    assert events.page(f"{workspace}2", JOB, None, 10) == ()


def test_an_event_that_is_too_large_is_refused_however_often(events: EventLog, workspace: str) -> None:
    for _ in range(2):
        with pytest.raises(PutError) as refused:
            events.append(workspace, event(1, text="x" * 400 * 1024))
        assert refused.value.cause_response_code == REFUSED
    assert events.page(workspace, JOB, None, 10) == ()


def test_any_text_survives(events: EventLog, workspace: str) -> None:
    said = event(1, text="😀 \x00\x1b\u2028\r\n" + "é" * 4096)
    events.append(workspace, said)
    assert events.page(workspace, JOB, None, 1) == (said,)
