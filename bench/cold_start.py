"""`python -m bench.cold_start`: the cost of the start of each function, against bare botocore clients.

Processor time in a process of its own, from the first import to the handler's module with all it makes at its start.
The floor makes one botocore client for each service that the function calls, and imports nothing else.
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
COSTS_HEAD = ("function", "packages by the time that their own modules take to import, ms")
MOST = 9
"""Packages that a line names."""

SERVICES = {
    "TABLE": "dynamodb",
    "QUEUE_URL": "sqs",
    "SECRET_ID": "secretsmanager",
    "BUS": "events",
}
"""Which service a function calls, by the end of a variable that tells it of a resource."""

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
# Python's own -X importtime counts what other programs do on the machine as well.
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
    """REPETITIONS: how often each is measured."""

    repetitions: int = Field(default=7, ge=1)


def functions() -> Mapping[str, Json]:
    """The functions of the template by logical id, but for those that start as another one does."""
    resources = _template()["Resources"]
    found: dict[str, Json] = {}
    for name, resource in resources.items():
        known = {one["Handler"] for one in found.values()}
        if resource["Type"] == "AWS::Lambda::Function" and resource["Properties"]["Handler"] not in known:
            found[name] = resource["Properties"]
    return found


@cache
def _template() -> Json:
    return load(ROOT / "template.yaml", {"OpenClawUrl": "https://openclaw.test"})


def services(function: Json) -> list[str]:
    """The services that a function calls."""
    told = function["Environment"]["Variables"]
    return [service for end, service in SERVICES.items() if any(name.endswith(end) for name in told)]


def start(function: Json) -> str:
    """The program that does what a start does."""
    return f"import {function['Handler'].rpartition('.')[0]}"


def milliseconds(program: str, environment: Mapping[str, str]) -> float:
    """Processor time of one run."""
    return float(_run(["-c", _TIMED.format(program=program)], environment).stdout.splitlines()[-1])


def costs(program: str, around: Mapping[str, str]) -> Counter[str]:
    """Milliseconds that the modules of each package take by themselves, without those that they import."""
    found: Counter[str] = Counter()
    own = json.loads(_run(["-c", _COSTED.format(program=program)], around).stdout.splitlines()[-1])
    for module, milliseconds in own.items():
        found[_package(module)] += milliseconds
    return Counter({name: round(one) for name, one in found.items()})


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
    """All that a start of the function finds in its environment, with names that lead nowhere."""
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


def measured(function: Json, repetitions: int) -> tuple[float, float]:
    """Medians of the start and of its floor, taken by turns."""
    around = environment(function)
    programs = (start(function), _FLOOR.format(services=services(function)))
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(-1, repetitions):  # the first finds no bytecode
        for program, times in zip(programs, taken, strict=True):
            one = milliseconds(program, around)
            if number >= 0:
                times.append(one)
    begun, floor = map(median, taken)
    return begun, floor


def main() -> None:
    """Measure and print."""
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # warns of metrics that it did not publish
    repetitions = Settings().repetitions
    print(f"Python {platform.python_version()}, median of {repetitions} starts each, processor time.\n")
    rows, breakdowns = [], []
    for name, function in functions().items():
        begun, floor = measured(function, repetitions)
        clients = " ".join(services(function))
        rows.append((name, f"{begun:.0f}", f"{floor:.0f}", f"{begun / floor:.2f}", clients))
        most = costs(start(function), environment(function)).most_common(MOST)
        breakdowns.append((name, " · ".join(f"{package} {own}" for package, own in most)))
    print(markdown.table(HEAD, rows), markdown.table(COSTS_HEAD, breakdowns), sep="\n\n")


if __name__ == "__main__":
    main()
