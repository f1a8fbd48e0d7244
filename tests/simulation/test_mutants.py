"""The simulation detects each planted bug, and reports nothing without one."""

from __future__ import annotations

import pytest

from tests.simulation import mutant_seeds
from tests.simulation.mutant_seeds import MutantSeeds
from tests.simulation.mutants import MUTANTS, planted
from tests.simulation.reliability_page import PAGE, with_table
from tests.simulation.run import simulate


def test_each_mutant_was_searched_for() -> None:
    """`make mutants` searches for seeds, and writes the table."""
    assert [result.mutant for result in mutant_seeds.load()] == list(MUTANTS)
    assert len(MUTANTS) >= 12


@pytest.mark.parametrize("result", mutant_seeds.load(), ids=lambda result: result.mutant)
def test_seed_detects_its_mutant(result: MutantSeeds) -> None:
    with planted(result.mutant):
        violations = [simulate(seed).violation for seed in result.seeds]
    invariant = result.violation.split(":")[0]
    detected = [violation for violation in violations if violation and violation.startswith(invariant)]
    assert detected, "schedules have changed with the product: make mutants"


@pytest.mark.parametrize("result", mutant_seeds.load()[:3], ids=lambda result: result.mutant)
def test_seed_without_mutant_has_no_violation(result: MutantSeeds) -> None:
    assert [simulate(seed).violation for seed in result.seeds] == [None] * len(result.seeds)


def test_page_has_the_mutant_table() -> None:
    page, table = PAGE.read_text(), mutant_seeds.table(mutant_seeds.load())
    assert page == with_table(page, mutant_seeds.SECTION, table)
