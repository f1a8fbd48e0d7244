"""A pytest plugin: each session appends its numbers of passed, failed and skipped tests to the file
TEST_COUNTS.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

FILE = "TEST_COUNTS"
"""The variable that names the file; its lines are like `92 passed`"""
CATEGORIES = {"passed": ("passed",), "failed": ("failed", "error"), "skipped": ("skipped", "xfailed")}
"""The counted categories, each with pytest's own categories"""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Appends this session's counts. Worker processes of pytest-xdist leave that to their controller."""
    if hasattr(terminalreporter.config, "workerinput"):
        return
    with Path(os.environ[FILE]).open("a") as file:
        for name, categories in CATEGORIES.items():
            count = sum(len(terminalreporter.stats.get(category, ())) for category in categories)
            file.write(f"{count} {name}\n")


def read() -> Counter[str]:
    """Returns the sums of all sessions so far."""
    counts: Counter[str] = Counter()
    path = Path(os.environ[FILE])
    for line in path.read_text().splitlines() if path.exists() else ():
        count, name = line.split()
        counts[name] += int(count)
    return counts
