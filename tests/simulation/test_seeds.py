"""Some of the seeds that `make simulate` runs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.run import simulate

SEEDS = 160
PORTION = 40


@pytest.mark.parametrize("first", range(0, SEEDS, PORTION))
def test_seeds_violate_no_invariant(first: int) -> None:
    for seed in range(first, first + PORTION):
        outcome = simulate(seed)
        assert outcome.violation is None, f"make simulate SEED={seed}\n{outcome.violation}"


@pytest.mark.parametrize("hashes", ["1", "2"])
def test_seed_gives_the_same_run_in_any_process(hashes: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", "11"],
        env={**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert simulate(11).trace.text() in done.stdout
