"""Whoever dies at whichever call, before or after it takes effect: every invariant holds, and everything is done."""

from __future__ import annotations

import re

import pytest

from tests.simulation.crash_points import PAGE, Death, deaths, run_scenario
from tests.simulation.scenarios import SCENARIOS, Scenario

HOUR = 3600.0


@pytest.fixture(scope="module")
def every() -> list[Death]:
    """All deaths of all lives, each of which came to its end as it should."""
    return [death for scenario in SCENARIOS for death in deaths(scenario)]


@pytest.mark.parametrize("life", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_nobody_has_to_die_for_a_life_to_end(scenario: type[Scenario]) -> None:
    calls, ended = run_scenario(scenario)
    assert calls.made
    assert ended


def test_whoever_dies_wherever_everything_is_done_within_the_hour(every: list[Death]) -> None:
    assert max(every, key=lambda death: death.later).later < HOUR


def test_the_page_tells_of_every_call_at_which_a_function_can_die(every: list[Death]) -> None:
    told = re.findall(r"^\| (\w+) \| `([\w.]+)` \| \d+ \|", PAGE.read_text(), re.MULTILINE)
    assert sorted({(death.function, death.call) for death in every}) == sorted(told), "make reliability"
