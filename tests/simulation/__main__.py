"""`make simulate SEEDS=n`: as many seeds on all processors; a broken one is shown whole and can be run by its number.

python -m tests.simulation [--first N] SEEDS        seeds N, N + 1, …
python -m tests.simulation --seed N                 one seed, with its trace
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "CRITICAL")
os.environ.setdefault("POWERTOOLS_TRACE_DISABLED", "1")

from tests.simulation.run import Outcome, simulate

PORTION = 100
SHOWN = 3


@dataclass
class Tally:
    """What a portion of seeds came to."""

    seeds: int = 0
    jobs: int = 0
    versions: int = 0
    calls: int = 0
    broken: list[tuple[int, str]] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """One more seed, of which nothing else is kept."""
        self.seeds += 1
        self.jobs += outcome.jobs
        self.versions += outcome.versions
        self.calls += outcome.calls
        if outcome.broken:
            self.broken.append((outcome.seed, outcome.broken))


def portion(first: int, seeds: int) -> Tally:
    """Run so many seeds from `first` on."""
    tally = Tally()
    for seed in range(first, first + seeds):
        tally.add(simulate(seed))
    return tally


def tallies(first: int, seeds: int) -> Iterator[Tally]:
    """Portions of the seeds as they are done, on all processors."""
    firsts = range(first, first + seeds, PORTION)
    sizes = [min(PORTION, first + seeds - begin) for begin in firsts]
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), initializer=_settle) as pool:
        yield from pool.map(portion, firsts, sizes)


def _settle() -> None:
    """What is loaded stays, and a seed leaves little behind: a twentieth of the time went into looking for garbage."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def run(first: int, seeds: int) -> int:
    """Run the seeds and say what came of them; the exit code."""
    began, all_of_them = time.monotonic(), []
    for tally in tallies(first, seeds):
        all_of_them.append(tally)
        for seed, broken in tally.broken:
            print(f"seed {seed}: {broken}", flush=True)
    found = [seed for tally in all_of_them for seed, _ in tally.broken]
    for seed in found[:SHOWN]:
        show(seed)
    jobs, versions, calls = (
        sum(getattr(tally, name) for tally in all_of_them) for name in ("jobs", "versions", "calls")
    )
    print(
        f"{seeds} seeds in {time.monotonic() - began:.0f} s: {jobs} jobs, {versions} versions, {calls} calls, "
        f"{len(found)} broken"
    )
    return 1 if found else 0


def show(seed: int) -> int:
    """Run one seed and print its trace; the exit code."""
    outcome = simulate(seed)
    print(
        f"\n--- seed {seed}\n{outcome.trace.text()}\n{outcome.broken or 'every invariant holds'}\n",
        flush=True,
    )
    return 1 if outcome.broken else 0


def main() -> int:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("seeds", nargs="?", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args()
    return run(asked.first, asked.seeds) if asked.seed is None else show(asked.seed)


if __name__ == "__main__":
    sys.exit(main())
