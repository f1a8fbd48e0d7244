"""The first seeds that detect each planted bug, written by `make mutants` and checked by a test."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.simulation.mutants import MUTANTS, planted
from tests.simulation.reliability_page import write_table
from tests.simulation.run import simulate

SEARCHED_SEEDS = 3000
MAX_SEEDS = 3
FILE = Path(__file__).with_name("mutant_seeds.json")
SECTION = "planted bugs"


@dataclass(frozen=True)
class MutantSeeds:
    """The first seeds that detect a mutant, and the violation of the first one."""

    mutant: str
    seeds: tuple[int, ...]
    violation: str


def find_seeds(mutant: str) -> MutantSeeds:
    """Searches the seeds that detect a mutant."""
    violations: list[tuple[int, str]] = []
    with planted(mutant):
        for seed in range(SEARCHED_SEEDS):
            violation = simulate(seed).violation
            if violation:
                violations.append((seed, violation))
            if len(violations) == MAX_SEEDS:
                break
    return MutantSeeds(mutant, tuple(seed for seed, _ in violations), violations[0][1] if violations else "")


def load() -> list[MutantSeeds]:
    """Returns the results of the last `make mutants`."""
    return [
        MutantSeeds(**{**result, "seeds": tuple(result["seeds"])}) for result in json.loads(FILE.read_text())
    ]


def table(results: Iterable[MutantSeeds]) -> str:
    """Returns the table of the page."""
    rows = [_row(result) for result in results]
    return "\n".join(
        ["| planted bug | effect | first seed | violated invariant |", "|---|---|---:|---|", *rows]
    )


def _row(result: MutantSeeds) -> str:
    seed = str(result.seeds[0]) if result.seeds else "none"
    cells = (result.mutant, _description(result.mutant), seed, _invariant(result.violation))
    return f"| {' | '.join(cells)} |"


def _description(mutant: str) -> str:
    return (MUTANTS[mutant].__doc__ or "").strip().split("\n")[0].rstrip(".")


def _invariant(violation: str) -> str:
    return violation.split(": job ")[0].split(": ")[0].replace("_", " ").replace("|", "/")


def main() -> int:
    """Searches seeds for every mutant, and writes the results. Returns the exit code."""
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(find_seeds, MUTANTS))
    FILE.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n")
    write_table(SECTION, table(results))
    undetected = [result.mutant for result in results if not result.seeds]
    sys.stderr.write(f"{len(results) - len(undetected)} of {len(results)} found; not found: {undetected}\n")
    return 1 if undetected else 0


if __name__ == "__main__":
    sys.exit(main())
