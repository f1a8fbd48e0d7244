"""Which seed found which planted bug: the first few of each, written by `make mutants` and held by a test."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.simulation.mutants import MUTANTS, planted
from tests.simulation.run import simulate

SEEDS = 1000
KEPT = 3
FILE = Path(__file__).with_name("mutant_seeds.json")
PAGE = Path(__file__).parents[2] / "docs/explanation/reliability.md"
BEGIN, END = "<!-- planted bugs -->", "<!-- /planted bugs -->"


@dataclass(frozen=True)
class Find:
    """The first seeds that find a bug, and what the first of them says."""

    bug: str
    seeds: tuple[int, ...]
    said: str


def find(bug: str) -> Find:
    """Look for a planted bug in SEEDS seeds."""
    found: list[tuple[int, str]] = []
    with planted(bug):
        for seed in range(SEEDS):
            broken = simulate(seed).broken
            if broken:
                found.append((seed, broken))
            if len(found) == KEPT:
                break
    return Find(bug, tuple(seed for seed, _ in found), found[0][1] if found else "")


def known() -> list[Find]:
    """What was found when it was last looked."""
    return [Find(**{**one, "seeds": tuple(one["seeds"])}) for one in json.loads(FILE.read_text())]


def table(finds: Iterable[Find]) -> str:
    """The finds for the page."""
    rows = [
        f"| {one.bug} | {_meaning(one.bug)} | {one.seeds[0] if one.seeds else 'none'} | {_short(one.said)} |"
        for one in finds
    ]
    return "\n".join(["| bug | what goes wrong | first seed | what it breaks |", "|---|---|---:|---|", *rows])


def _meaning(bug: str) -> str:
    return (MUTANTS[bug].__doc__ or "").strip().split("\n")[0].rstrip(".")


def _short(said: str) -> str:
    return said.split(": job ")[0].split(": ")[0].replace("_", " ").replace("|", "/")


def written(page: str, finds: Iterable[Find]) -> str:
    """The page with this table in its place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(finds)}\n{END}{after}"


def main() -> int:
    """Look for every bug, write what was found; the exit code."""
    with ProcessPoolExecutor(2) as pool:
        finds = list(pool.map(find, MUTANTS))
    FILE.write_text(json.dumps([asdict(one) for one in finds], indent=1) + "\n")
    PAGE.write_text(written(PAGE.read_text(), finds))
    missed = [one.bug for one in finds if not one.seeds]
    sys.stderr.write(f"{len(finds) - len(missed)} of {len(finds)} found; not found: {missed}\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
