"""The checker is checked: each bug that is planted into the product is found by a seed, and by nothing without it."""

from __future__ import annotations

import pytest

from tests.simulation import mutant_seeds
from tests.simulation.mutant_seeds import Find
from tests.simulation.mutants import MUTANTS, planted
from tests.simulation.run import simulate


def test_every_planted_bug_was_looked_for() -> None:
    """`make mutants` looks for them, and writes the table."""
    assert [one.bug for one in mutant_seeds.known()] == list(MUTANTS)
    assert len(MUTANTS) >= 12


@pytest.mark.parametrize("found", mutant_seeds.known(), ids=lambda one: one.bug)
def test_a_planted_bug_is_found_by_its_seed(found: Find) -> None:
    with planted(found.bug):
        broken = [simulate(seed).broken for seed in found.seeds]
    assert any(broken), "the product has changed, and with it the schedules: make mutants"


@pytest.mark.parametrize("found", mutant_seeds.known()[:3], ids=lambda one: one.bug)
def test_without_the_bug_the_seed_finds_nothing(found: Find) -> None:
    assert [simulate(seed).broken for seed in found.seeds] == [None] * len(found.seeds)


def test_the_page_has_the_table() -> None:
    page = mutant_seeds.PAGE.read_text()
    assert page == mutant_seeds.written(page, mutant_seeds.known())
