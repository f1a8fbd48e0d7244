"""openapi-python-client generates a working client without warnings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.live.clients.conftest import Run

USER = Path(__file__).parent / "python/use_client.py"


@pytest.fixture
def generated(contract: Path, python_kit: Path, run: Run, tmp_path: Path) -> Path:
    """The folder with the generated package. A warning means that the generator dropped a type."""
    generator = python_kit / "openapi-python-client"
    output = run(
        generator,
        "generate",
        "--path",
        contract,
        "--output-path",
        "generated",
        "--fail-on-warning",
        path=python_kit,
    )
    assert "warning" not in output.lower()
    return tmp_path / "generated"


def test_python_client_works(generated: Path, python_kit: Path, run: Run, access: dict[str, str]) -> None:
    assert run(python_kit / "python", USER, path=python_kit, PYTHONPATH=str(generated), **access) == "done\n"


def test_python_client_is_typed(generated: Path, python_kit: Path, run: Run) -> None:
    checker = [sys.executable, "-m", "mypy", "--config-file=", "--strict", "--python-executable"]
    run(*checker, python_kit / "python", USER, path=python_kit, MYPYPATH=str(generated))
