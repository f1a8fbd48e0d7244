"""`python -m tools.sam.invoke FUNCTION EVENT`: run one function in its container on one event file."""

import json
import sys
from pathlib import Path
from typing import Any

from tools.sam.cli import SamError, build, engine_answers
from tools.sam.local_functions import FunctionFailed, SamLocal

USAGE = "usage: make sam-invoke FUNCTION=ApiFunction EVENT=tests/events/api-health.json"


def main(arguments: list[str]) -> int:
    """Prints the function's result. Returns 1, with the reason on standard error, if there is none."""
    function, event = arguments if len(arguments) == 2 else ("", "")
    if not function or not event:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        print(json.dumps(_invoke(function, Path(event)), indent=2))
    except (OSError, ValueError, SamError, FunctionFailed) as error:
        print(f"sam-invoke: {error}", file=sys.stderr)
        return 1
    return 0


def _invoke(function: str, event: Path) -> Any:
    content = json.loads(event.read_text())
    if not engine_answers():
        raise SamError("no container engine answers `docker info`")
    build()
    with SamLocal() as sam:
        return sam.invoke(function, content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
