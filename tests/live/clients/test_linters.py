"""OpenAPI linters report no errors and no warnings for the contract."""

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
    output = run(node_kit / "redocly", "lint", *rules, contract, path=node_kit)
    report = json.loads(output[output.index("{\n") : output.rindex("\n}") + 2])
    assert report["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, report["problems"]
