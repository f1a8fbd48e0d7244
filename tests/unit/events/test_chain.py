"""The hash of a version: equal for equal histories, different for any other."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from mosaic.events.chain import link, with_hash
from mosaic.events.derive import derive
from mosaic.events.model import Event, EventType
from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from tests.fakes import samples
from tests.fakes.clock import NOON

EVENT = Event(
    id="J-1-0",
    job_id="J",
    version=1,
    index=0,
    type=EventType.STEP_OUTPUT,
    actor="token:ada",
    timestamp=NOON,
    step_id="3",
    payload={"z": [1, None, True], "é": '"\n\u2028', "a": {"y": "", "b": 0}},
)


def two_versions() -> list[Job]:
    """Two versions of a job, as a store keeps them."""
    first = with_hash(None, samples.job())
    later = lifecycle.cancel(first, NOON + timedelta(seconds=1), "token:ada")
    return [first, with_hash(first, later)]


def test_hash_follows_documented_format() -> None:
    text = (
        'demo/J\n[{"actor":"token:ada","id":"J-1-0","index":0,"jobId":"J",'
        '"payload":{"a":{"b":0,"y":""},"z":[1,null,true],"é":"\\"\\n\u2028"},"stepId":"3",'
        '"timestamp":"2026-11-22T12:00:00.000Z","type":"step.output","version":1}]'
    )
    assert link(None, "demo", "J", [EVENT]) == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "J-1-1"},
        {"index": 1},
        {"type": EventType.STEP_FAILED},
        {"actor": "token:bob"},
        {"timestamp": NOON + timedelta(milliseconds=1)},
        {"step_id": None},
        {"payload": {}},
    ],
    ids=str,
)
def test_any_change_of_event_changes_hash(changed: dict[str, object]) -> None:
    known = link("sha256:0", "demo", "J", [EVENT])
    assert link("sha256:0", "demo", "J", [EVENT.model_copy(update=changed)]) != known


def test_hash_covers_order_count_and_history() -> None:
    other = EVENT.model_copy(update={"index": 1, "id": "J-1-1"})
    histories = [[EVENT], [EVENT, other], [other, EVENT], [EVENT, EVENT]]
    hashes = [link("sha256:0", "demo", "J", events) for events in histories]
    hashes += [link("sha256:1", "demo", "J", [EVENT]), link(None, "demo", "J", [EVENT])]
    hashes += [link(None, "demo2", "J", [EVENT]), link(None, "demo", "J2", [EVENT])]
    assert len(set(hashes)) == len(hashes)


def test_events_carry_hash_over_previous_version() -> None:
    first, second = two_versions()
    for old, new in [(None, first), (first, second)]:
        events = derive(old, new)
        assert {event.hash for event in events} == {new.version_hash}
        assert new.version_hash == link(old.version_hash if old else None, "demo", new.id, events)


def test_hash_does_not_affect_job_equality() -> None:
    first, _ = two_versions()
    forged = first.model_copy(update={"version_hash": "sha256:0"})
    assert with_hash(None, forged).version_hash == first.version_hash
    assert forged == first
    assert "version_hash" not in first.view().model_dump()


def test_job_without_hash_starts_chain() -> None:
    first, second = two_versions()
    begun = with_hash(first.model_copy(update={"version_hash": None}), second)
    assert begun.version_hash == link(None, "demo", begun.id, derive(first, second))


def test_stored_events_give_the_same_hash() -> None:
    first, _ = two_versions()
    stored = [
        Event.model_validate_json(event.model_dump_json(by_alias=True)) for event in derive(None, first)
    ]
    assert link(None, "demo", first.id, stored) == first.version_hash
