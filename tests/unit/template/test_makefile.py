import re
import subprocess
from pathlib import Path


def test_help_lists_every_target(root: Path) -> None:
    makefile = (root / "Makefile").read_text().replace("\\\n", " ")
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    command = ["make", "--no-print-directory", "help"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603 - constant

    assert sorted(line.split()[0] for line in done.stdout.splitlines()) == sorted(targets.split())
