"""The events derived from each change of a job."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mosaic.events.derive import derive
from mosaic.events.model import Event
from mosaic.jobs.model import Job
from tests.unit.events.job_changes import (
    CHANGES,
    NOW,
    answered,
    asking,
    begun,
    force,
    queued,
    running,
    validating,
)


def types(events: tuple[Event, ...]) -> list[str]:
    return [event.type.value for event in events]


@pytest.mark.parametrize("name", CHANGES)
def test_change_gives_events_in_order(name: str) -> None:
    before, step, expected = CHANGES[name]
    assert types(derive(before, step(before))) == expected


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (queued(), ["job.created", "job.queued"]),
        (queued(run_at=NOW + timedelta(hours=1)), ["job.created"]),
    ],
)
def test_first_version_gives_created_event(job: Job, expected: list[str]) -> None:
    assert types(derive(None, job)) == expected


def test_event_has_actor_time_and_position() -> None:
    events = derive(None, queued())
    assert [(event.id, event.version, event.index) for event in events] == [("J-1-0", 1, 0), ("J-1-1", 1, 1)]
    assert {(event.actor, event.timestamp) for event in events} == {("github:ada", NOW)}


def test_step_event_has_ordinal() -> None:
    events = derive(begun(queued()), running())
    assert [event.step_id for event in events] == ["3", "4", None, None]


def test_same_version_gives_no_event() -> None:
    assert derive(queued(), queued()) == ()


@pytest.mark.parametrize(("old", "new"), [(None, 2), (1, 3), (3, 2)])
def test_missing_version_raises(old: int | None, new: int) -> None:
    before = queued().evolve(version=old) if old else None
    with pytest.raises(ValueError, match="does not follow"):
        derive(before, queued().evolve(version=new))


def test_completed_event_names_overridden_gates() -> None:
    events = derive(validating(), force(validating()))
    assert events[-1].payload["forcedGates"] == ["build"]


def test_approval_events_have_actor_scope_and_end() -> None:
    (_, request) = derive(queued(repository="acme/shop"), asking())
    until = "2026-02-03T12:00:00.000Z"
    assert request.payload == {"capabilities": ["git:push"], "requestedBy": ["github:ada"], "until": until}
    for approved, scope, expected in (
        (True, {}, {"scope": "job"}),
        (False, {}, {"scope": "job"}),
        (
            True,
            {"until": NOW + timedelta(days=3)},
            {"scope": "repository", "standing": ["git:push"], "until": until},
        ),
    ):
        answer = derive(asking(), answered(approved, **scope)(asking()))[0]
        assert answer.actor == "token:bob"
        assert answer.payload == {"reason": "because", "capabilities": ["git:push"], **expected}
