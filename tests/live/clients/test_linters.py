"""The linters of OpenAPI documents have nothing to say, not even a warning."""

from __future__ import annotations

import json
from pathlib import Path

from tests.live.clients.conftest import Run

RULES = Path(__file__).parent / "typescript"


def test_spectral_finds_nothing(contract: Path, node_kit: Path, run: Run) -> None:
    rules = ["--ruleset", RULES / "spectral.yaml", "--format", "json"]
    assert json.loads(run(node_kit / "spectral", "lint", *rules, "--quiet", contract, path=node_kit)) == []


def test_redocly_finds_nothing(contract: Path, node_kit: Path, run: Run) -> None:
    rules = ["--config", RULES / "redocly.yaml", "--format", "json"]
    told = run(node_kit / "redocly", "lint", *rules, contract, path=node_kit)
    found = json.loads(told[told.index("{\n") : told.rindex("\n}") + 2])
    assert found["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, found["problems"]
