"""Imports follow the contracts of `tool.importlinter` in pyproject.toml: layers, and no circles."""

import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]


def test_imports_keep_the_contracts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    exit_code = lint_imports(no_cache=True, no_logo=True)
    assert exit_code == 0, capsys.readouterr().out


def test_contracts_cover_every_function() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/__init__.py")}
    assert functions <= set(settings["root_packages"])
    independent = next(one for one in settings["contracts"] if one["type"] == "independence")
    assert set(independent["modules"]) == functions
