import os
import re
import subprocess
from pathlib import Path

import pytest


def make(root: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(  # noqa: S603 - make, and arguments from below
        command,
        cwd=root,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def listing(root: Path) -> list[str]:
    done = make(root, "help")
    assert done.returncode == 0
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def targets(root: Path) -> list[str]:
    makefile = (root / "Makefile").read_text().replace("\\\n", " ")
    (names,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    return sorted(str(names).split())


def test_help_lists_every_target(listing: list[str], targets: list[str]) -> None:
    assert sorted(line.split()[0] for line in listing if line.startswith("  ")) == targets


def test_help_starts_with_what_users_need(listing: list[str]) -> None:
    sections = [number for number, line in enumerate(listing) if line and line[0].isupper()]

    first = {line.split()[0] for line in listing[sections[0] : sections[1]] if line.startswith("  ")}
    assert {"run", "deploy", "redrive", "destroy"} <= first
    assert not any(name.startswith(("test", "bench")) for name in first)


def test_help_fits_100_columns(listing: list[str]) -> None:
    assert max(map(len, listing)) <= 100
    descriptions = [line.removeprefix(f"  {line.split()[0]}") for line in listing if line.startswith("  ")]
    assert all(description.startswith("  ") for description in descriptions), "a name runs into its text"


def test_python_is_searched_once_at_most(root: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    for name in ("python3.13", "python3.14", "python3.12", "python3.11", "python3"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {name} >> {seen}\nexit 1\n")
        (tmp_path / name).chmod(0o755)

    rule = tmp_path / "rule.mk"
    rule.write_text("show:\n\t@echo '$(PYTHON)' '$(PYTHON)'\n")
    done = make(root, "-f", "Makefile", "-f", str(rule), "show", PATH=f"{tmp_path}:{os.environ['PATH']}")

    assert done.stdout.split() == []
    assert seen.read_text().split() == ["python3.13", "python3.14", "python3.12", "python3.11", "python3"]


@pytest.mark.parametrize("python", ["", "true-is-no-python", "false"])
def test_missing_python_error_suggests_fixes(root: Path, tmp_path: Path, python: str) -> None:
    (tmp_path / "Makefile").write_text((root / "Makefile").read_text())
    for name in ("python3.13", "python3.14", "python3.12", "python3.11", "python3"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    for lock in ("layers/vendor/requirements.txt", "requirements-dev.txt"):
        (tmp_path / lock).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / lock).touch()

    choice = [f"PYTHON={python}"] if python else []
    done = make(tmp_path, "run", *choice, PATH=f"{tmp_path}:{os.environ['PATH']}")

    assert done.returncode != 0
    for remedy in ("uv python install 3.13", "brew install python@3.13", "apt-get install python3-venv"):
        assert remedy in done.stderr
    assert (python or "No Python 3.11 to 3.14 is on the PATH") in done.stderr
