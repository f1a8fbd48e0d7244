"""The states of a check end as the forge means them, whatever the order of its deliveries and its clocks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic.jobs.check_versions import CheckVersion

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def at(minute: int | None) -> datetime | None:
    return None if minute is None else NOON + timedelta(minutes=minute)


def begun(id: int = 1, start: int | None = 5) -> CheckVersion:
    return CheckVersion(id=id, state="begun", started_at=at(start))


def ended(
    outcome: str, end: int | None = 9, start: int | None = 5, id: int = 1, updated: int | None = None
) -> CheckVersion:
    return CheckVersion(
        id=id, started_at=at(start), completed_at=at(end), updated_at=at(updated), outcome=outcome
    )


def reopened(outcome: str, end: int | None = 9, start: int | None = 5) -> CheckVersion:
    return ended(outcome, end, start).model_copy(update={"state": "reopened"})


def last(deliveries: Iterable[CheckVersion]) -> str:
    """Returns the outcome after all deliveries; the state where there is none."""
    known: CheckVersion | None = None
    for version in deliveries:
        if known is None or not version.is_older_than(known):
            known = version.after(known)
    assert known
    return known.outcome if known.state == "completed" else known.state


@pytest.mark.parametrize(
    ("deliveries", "expected"),
    [
        ([begun(), ended("success")], "success"),
        # Two clocks: the end lies before the start, or no time is known.
        ([begun(), ended("success", end=2)], "success"),
        ([begun(), ended("success", end=None)], "success"),
        ([begun(start=None), ended("success", None, None)], "success"),
        ([begun(start=8), ended("success", end=4, start=1)], "success"),
        # The beginning comes late.
        ([ended("success", end=2), begun()], "success"),
        ([ended("success", end=None), begun(start=50)], "success"),
        # Mended in place, with a later, an earlier, the same time, or none.
        ([ended("failure"), ended("success", end=12)], "success"),
        ([ended("failure"), ended("success", end=7)], "success"),
        ([ended("success"), ended("failure", end=7)], "failure"),
        ([ended("success"), ended("failure")], "failure"),
        ([ended("success"), ended("failure", end=None)], "failure"),
        ([ended("failure"), ended("success", end=7), ended("failure")], "success"),
        (
            [ended("failure", updated=9), ended("success", end=7, updated=10), ended("failure", updated=9)],
            "success",
        ),
        ([ended("success", end=7, updated=10), ended("failure", updated=9)], "success"),
        # Another run has another id, whatever its times.
        ([ended("success"), begun(id=2, start=1)], "begun"),
        ([ended("success"), ended("failure", 2, 1, id=2)], "failure"),
        ([ended("failure", 2, 1, id=2), ended("success")], "failure"),
        # Requested again under the same id.
        ([ended("success"), reopened("success")], "reopened"),
        ([reopened("success"), ended("success")], "reopened"),
        ([ended("success"), reopened("success"), ended("failure", 30, 25)], "failure"),
        ([ended("success"), reopened("success"), ended("failure", 30)], "failure"),
        ([ended("success"), ended("failure", 30, 25), reopened("success")], "failure"),
        ([ended("failure", 30, 25), reopened("success"), ended("success")], "failure"),
    ],
)
def test_check_ends_as_its_state_says(deliveries: list[CheckVersion], expected: str) -> None:
    assert last(deliveries) == expected


MINUTES = st.none() | st.integers(0, 60)
OUTCOMES = st.sampled_from(["success", "failure", "skipped"])


@st.composite
def checks(draw: st.DrawFn) -> list[CheckVersion]:
    """Draws all states of a check that ran several times, oldest first. Starts of one id differ."""
    states: list[CheckVersion] = []
    for id in range(1, draw(st.integers(1, 3)) + 1):
        states.append(begun(id, draw(MINUTES)))
        starts = sorted(draw(st.sets(st.integers(0, 60), min_size=1, max_size=3)))
        for index, start in enumerate(starts):
            if index:
                states.append(states[-1].model_copy(update={"state": "reopened"}))
            states.append(ended(draw(OUTCOMES), draw(st.integers(0, 60)), start, id))
    return states


@given(checks(), st.data())
def test_any_order_of_deliveries_ends_the_same(states: list[CheckVersion], data: st.DataObject) -> None:
    repeated = data.draw(st.lists(st.sampled_from(states), max_size=4))
    deliveries = data.draw(st.permutations(states + repeated))
    assert last(deliveries) == states[-1].outcome


@given(st.lists(st.tuples(OUTCOMES, MINUTES), min_size=1, max_size=5, unique=True), st.data())
def test_repeated_result_does_not_undo_a_later_one(
    results: list[tuple[str, int | None]], data: st.DataObject
) -> None:
    """Results of one id without a clock that orders them count as delivered."""
    states = [ended(outcome, end) for outcome, end in results]
    repeated = data.draw(st.lists(st.sampled_from(states), max_size=4))
    assert last([*states, *repeated]) == states[-1].outcome
