"""`python -m tools.tiers [TIER …] [-- PYTEST_ARGUMENT …]`: run tiers of tests one after another, and count
the tests.

Without a tier's name all tiers run. The run stops at the first tier that fails.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

import pytest

from tools import count_tests


@dataclass(frozen=True)
class Part:
    """One command: the arguments of `python -m`, and additional environment variables."""

    arguments: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tier:
    """Parts that run at the same time."""

    duration: str
    """The tier's duration on two processors"""
    parts: tuple[Part, ...]
    needs_all_tests: bool = False
    """True for a tier that is skipped when pytest's arguments select tests"""


def _pytest(*arguments: str, **variables: str) -> Part:
    return Part(("pytest", "-q", "-p", "tools.count_tests", *arguments), variables)


PARALLEL = ("-n", "2", "--dist", "loadfile")
"""For tests that share no stack with other files"""
CALLS = "tests/unit/template/test_calls.py"
QUIET = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_TRACE_DISABLED": "1"}
LINTERS = (Part(("ruff", "check", "-q", ".")), Part(("ruff", "format", "-q", "--check", ".")))
HALVES = tuple(_pytest("tests/e2e", E2E_SHARE=share) for share in ("1/2", "2/2"))
TIERS = {
    "lint": Tier("a few seconds", LINTERS),
    "types": Tier("about 1 min", (Part(("mypy", "--no-error-summary")),)),
    "template": Tier("about 30 s", (_pytest("tests/unit/template", f"--ignore={CALLS}"),)),
    "unit": Tier("about 3 min", (_pytest(*PARALLEL, "tests/unit", "--ignore=tests/unit/template"),)),
    "contract": Tier("about 1 min", (_pytest(*PARALLEL, "tests/contract"),)),
    "simulation": Tier("about 2 min", (_pytest(*PARALLEL, "tests/simulation", **QUIET),)),
    "e2e": Tier("about 5 min, in two halves", HALVES),
    "calls": Tier("a few seconds", (_pytest(CALLS),), needs_all_tests=True),
}


def main(arguments: Sequence[str]) -> int:
    """Runs the named tiers; returns 0 if all passed, 1 if one failed, 130 after Ctrl-C."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    names, selection = arguments[:end] or list(TIERS), arguments[end + 1 :]
    with TemporaryDirectory() as folder:
        os.environ.setdefault(count_tests.FILE, str(Path(folder, "counts")))
        os.environ["E2E_CALLS"] = str(Path(folder, "calls"))
        try:
            return _run(names, selection)
        except KeyboardInterrupt:
            _say("interrupted")
            return 128 + signal.SIGINT


def _run(names: Sequence[str], selection: Sequence[str]) -> int:
    started, before = time.monotonic(), count_tests.read()
    for name in names:
        tier = TIERS[name]
        if selection and tier.needs_all_tests:
            continue
        _say(name if selection else f"{name} ({tier.duration})")
        if not _passes(tier, selection):
            _say(f"{name} FAILED: {_total(count_tests.read() - before, started)}")
            return 1
    counts = count_tests.read() - before
    if selection and not counts:
        _say(f"FAILED: no test matches {' '.join(selection)}")
        return 1
    _say(f"passed: {_total(counts, started)}")
    return 0


def _passes(tier: Tier, selection: Sequence[str]) -> bool:
    """Runs the parts. The first part's output is shown live, each other part's output at its end."""
    with ExitStack() as stack:
        outputs = [stack.enter_context(TemporaryFile()) for _ in tier.parts[1:]]
        started = [
            stack.enter_context(_started(part, selection, output))
            for part, output in zip(tier.parts, [None, *outputs], strict=True)
        ]
        codes = {started[0].wait()}
        for process, output in zip(started[1:], outputs, strict=True):
            codes.add(process.wait())
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
            sys.stdout.flush()
    return codes <= ({0, pytest.ExitCode.NO_TESTS_COLLECTED} if selection else {0})


@contextmanager
def _started(
    part: Part, selection: Sequence[str], output: IO[bytes] | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Yields a part's process, and terminate it at the end."""
    command = [sys.executable, "-m", *part.arguments, *(selection if part.arguments[0] == "pytest" else ())]
    environment = {**os.environ, **part.variables}
    process = subprocess.Popen(  # noqa: S603 - from the table above
        command, env=environment, stdout=output, stderr=output
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _total(counts: Counter[str], started: float) -> str:
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    numbers = ", ".join(f"{counts[name]} {name}" for name in count_tests.CATEGORIES)
    elapsed = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return f"{numbers} in {elapsed}" if counts else elapsed


def _say(text: str) -> None:
    print(f"== {text}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(sys.argv[1:]))
