import re
import subprocess
from pathlib import Path


def test_help_lists_every_target(root: Path) -> None:
    makefile = (root / "Makefile").read_text().replace("\\\n", " ")
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    command = ["make", "help"]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout

    assert [line.split()[0] for line in told.splitlines()] == targets.split()
