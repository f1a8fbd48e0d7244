"""After a crash at any call, every invariant holds and all work is done."""

from __future__ import annotations

import re

import pytest

from tests.simulation.crash_points import CrashPoint, crash_points, run_scenario
from tests.simulation.reliability_page import PAGE
from tests.simulation.scenarios import SCENARIOS, Scenario

HOUR = 3600.0


@pytest.fixture(scope="module")
def points() -> list[CrashPoint]:
    """All crash points of all scenarios."""
    return [point for scenario in SCENARIOS for point in crash_points(scenario)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario_ends_without_a_crash(scenario: type[Scenario]) -> None:
    injector, ended = run_scenario(scenario)
    assert injector.process_calls
    assert ended


def test_every_crash_is_recovered_within_an_hour(points: list[CrashPoint]) -> None:
    assert max(points, key=lambda point: point.delay).delay < HOUR


def test_page_lists_every_crash_point(points: list[CrashPoint]) -> None:
    rows = re.findall(r"^\| ([\w-]+) \| `([\w.]+)` \| \d+ \|", PAGE.read_text(), re.MULTILINE)
    assert sorted({(point.function, point.call) for point in points}) == sorted(rows), "make reliability"
