"""`python -m bench.cold_start`: measure each function's start against bare botocore clients; see `make
bench-cold`.

A start is the processor time of a new process that imports the handler's module and all that it initialises.
The floor creates one botocore client for each service that the function calls, and imports nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings

from bench import markdown
from local.cloud.moto import CREDENTIALS
from local.cloud.template import Json, load

ROOT = Path(__file__).parents[1]
HEAD = ("function", "start ms", "floor ms", "start / floor", "clients")
COSTS_HEAD = ("function", "packages by import time without dependencies, ms")
MOST = 9
"""The number of packages in a row."""

SERVICES = {
    "TABLE": "dynamodb",
    "QUEUE_URL": "sqs",
    "SECRET_ID": "secretsmanager",
    "BUS": "events",
}
"""The service that a function calls, by the suffix of the variable that names the resource."""

_TIMED = """
import time
begun = time.process_time()
{program}
print((time.process_time() - begun) * 1000)
"""
_FLOOR = """
import botocore.session
session = botocore.session.get_session()
for service in {services}: session.create_client(service)
"""
# Python's own -X importtime measures wall time, which includes other programs on the machine.
_COSTED = """
import importlib.machinery, json, time
own, inner = {{}}, []
def timed(plain):
    def run(loader, module):
        begun = time.process_time()
        inner.append(0.0)
        try:
            plain(loader, module)
        finally:
            whole = (time.process_time() - begun) * 1000
            own[module.__name__] = own.get(module.__name__, 0.0) + whole - inner.pop()
            if inner:
                inner[-1] += whole
    return run
for loader in (importlib.machinery.SourceFileLoader, importlib.machinery.ExtensionFileLoader):
    loader.exec_module = timed(loader.exec_module)
{program}
print(json.dumps(own))
"""


class Settings(BaseSettings):
    """The variable REPETITIONS: the number of measurements of each start."""

    repetitions: int = Field(default=7, ge=1)


def functions() -> Mapping[str, Json]:
    """Returns the template's functions by logical id, one for each handler."""
    resources = _template()["Resources"]
    selected: dict[str, Json] = {}
    for name, resource in resources.items():
        handlers = {function["Handler"] for function in selected.values()}
        if resource["Type"] == "AWS::Lambda::Function" and resource["Properties"]["Handler"] not in handlers:
            selected[name] = resource["Properties"]
    return selected


@cache
def _template() -> Json:
    return load(ROOT / "template.yaml", {"OpenClawUrl": "https://openclaw.test"})


def services(function: Json) -> list[str]:
    """Returns the services that a function calls."""
    variables = function["Environment"]["Variables"]
    return [service for end, service in SERVICES.items() if any(name.endswith(end) for name in variables)]


def start(function: Json) -> str:
    """Returns the program that imports the handler's module."""
    return f"import {function['Handler'].rpartition('.')[0]}"


def milliseconds(program: str, environment: Mapping[str, str]) -> float:
    """Returns the processor time of one run."""
    return float(_run(["-c", _TIMED.format(program=program)], environment).stdout.splitlines()[-1])


def costs(program: str, environment: Mapping[str, str]) -> Counter[str]:
    """Returns the milliseconds that each package's modules take, without the modules that they import."""
    by_package: Counter[str] = Counter()
    own = json.loads(_run(["-c", _COSTED.format(program=program)], environment).stdout.splitlines()[-1])
    for module, milliseconds in own.items():
        by_package[_package(module)] += milliseconds
    return Counter({name: round(total) for name, total in by_package.items()})


def _package(module: str) -> str:
    package = module.partition(".")[0].lstrip("_")
    return "python" if package in sys.stdlib_module_names else package


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # noqa: S603 - this interpreter, on programs of this module
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"bench-cold: a start failed\n{done.stderr}")
    return done


def environment(function: Json) -> dict[str, str]:
    """Returns the environment variables of a start, with names of resources that do not exist."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}/functions:{ROOT}/layers/mosaic",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "LAMBDA_TASK_ROOT": f"{ROOT}/functions",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        **CREDENTIALS,
        **{name: _value(value) for name, value in function["Environment"]["Variables"].items()},
    }


def _value(declared: Any) -> str:
    if isinstance(declared, str):
        return declared
    parameter = _template()["Parameters"].get(declared.get("Ref"), {})
    return str(parameter.get("Default", "https://nowhere.test"))


def measure(function: Json, repetitions: int) -> tuple[float, float]:
    """Returns the medians of the start and of its floor, measured alternately."""
    variables = environment(function)
    programs = (start(function), _FLOOR.format(services=services(function)))
    durations: tuple[list[float], list[float]] = ([], [])
    for number in range(-1, repetitions):  # the first run only compiles the bytecode
        for program, times in zip(programs, durations, strict=True):
            duration = milliseconds(program, variables)
            if number >= 0:
                times.append(duration)
    started, floor = map(median, durations)
    return started, floor


def main() -> None:
    """Measure, and print the tables."""
    logging.getLogger("samtranslator").setLevel(
        logging.ERROR
    )  # it warns about metrics that it could not publish
    repetitions = Settings().repetitions
    print(f"Python {platform.python_version()}, median of {repetitions} starts each, processor time.\n")
    rows, breakdowns = [], []
    for name, function in functions().items():
        started, floor = measure(function, repetitions)
        clients = " ".join(services(function))
        rows.append((name, f"{started:.0f}", f"{floor:.0f}", f"{started / floor:.2f}", clients))
        most = costs(start(function), environment(function)).most_common(MOST)
        breakdowns.append((name, " · ".join(f"{package} {own}" for package, own in most)))
    print(markdown.table(HEAD, rows), markdown.table(COSTS_HEAD, breakdowns), sep="\n\n")


if __name__ == "__main__":
    main()
