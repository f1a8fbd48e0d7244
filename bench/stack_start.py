"""`python -m bench.stack_start`: measure the parts of the start of `make run`; see `make bench-start`.

Each start is a new process. The first one transforms the template; the others find the transformed template,
as in any installed checkout after its first start.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench import markdown

IMPORTS = "imports"
TOTAL = "total"
PROCESSORS = "processor time of all processes"


def main() -> None:
    """Prints a table of the medians, with the first start beside them."""
    repetitions = int(os.environ.get("REPETITIONS") or 5)
    with TemporaryDirectory() as folder:
        first, *others = [_start(folder) for _ in range(repetitions + 1)]
    rows = [
        (part, f"{seconds:.2f}", f"{median(other[part] for other in others):.2f}")
        for part, seconds in first.items()
    ]
    print(f"Seconds until a stack is ready: the first start, and the median of {repetitions} more.\n")
    print(markdown.table(("part", "first", "more"), rows))


def _start(folder: str) -> dict[str, float]:
    """Starts a stack in a new process, and returns the seconds of each part."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = [sys.executable, "-m", "bench.stack_start", folder, str(time.monotonic())]
    done = subprocess.run(program, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603 - this program
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    parts: dict[str, float] = json.loads(done.stdout)
    processors = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**parts, TOTAL: sum(parts.values()), PROCESSORS: processors}


def once(folder: str, began: float) -> None:
    """Starts a stack, prints the seconds of each part as JSON, and stops.

    `began` is the time when this process was started.
    """
    from local.demo import Seed
    from local.stack import LocalStack

    logging.disable()
    parts = {IMPORTS: time.monotonic() - began}
    with LocalStack({"OpenClawUrl": "http://127.0.0.1:9"}, logs=Path(folder), prepare=Seed()) as stack:
        print(json.dumps({**parts, **stack.start_times.seconds}))


if __name__ == "__main__":
    if sys.argv[1:]:
        once(sys.argv[1], float(sys.argv[2]))
    else:
        main()
