"""A stack follows its template, starts alone, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from local import __main__ as entry
from local.errors import LocalError
from local.stack import ROOT, LocalStack

Eventually = Callable[[Callable[[], Any]], Any]


def processes() -> list[tuple[int, int, str]]:
    """The number, parent and state of every process."""
    listing = ["ps", "-A", "-o", "pid=,ppid=,stat="]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True)  # noqa: S603 - a constant
    lines = [line.split() for line in listed.stdout.splitlines()]
    return [(int(pid), int(parent), state) for pid, parent, state in lines]


def descendants(process: int) -> set[int]:
    """All processes under one, but for the listing itself."""
    parents = {pid: parent for pid, parent, _ in processes()}
    found = {process}
    for _ in parents:
        found |= {pid for pid, parent in parents.items() if parent in found}
    return running(found - {process})


def running(numbers: set[int]) -> set[int]:
    """Those of the numbered processes that have not ended."""
    return {pid for pid, _, state in processes() if pid in numbers and not state.startswith("Z")}


def test_a_changed_template_is_followed_and_a_stop_leaves_nothing(template: Path, tmp_path: Path) -> None:
    shutil.copytree(template.parent, tmp_path / "fixture")
    copy = tmp_path / "fixture" / "template.yaml"
    copy.write_text(copy.read_text().replace("Path: /open", "Path: /moved"))
    threads, before = set(threading.enumerate()), descendants(os.getpid())

    with LocalStack({"Notes": str(tmp_path)}, template=copy, logs=tmp_path / "logs") as stack:
        assert urllib3.request("POST", stack.url + "/moved").status == 201
        assert urllib3.request("POST", stack.url + "/open").status == 404
        url, started = stack.url, time.monotonic()

    assert time.monotonic() - started < 3
    assert set(threading.enumerate()) == threads
    assert descendants(os.getpid()) <= before
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", url, retries=False)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("BatchSize: 10", "FilterCriteria: {}", "QueueFunctionWork: FilterCriteria does not run locally"),
        ("Notes: {", "Paths: { Type: String }\n  Notes: {", "parameter Paths needs a value"),
    ],
)
def test_what_does_not_run_locally_is_said_and_leaves_nothing(
    template: Path, tmp_path: Path, good: str, bad: str, said: str
) -> None:
    shutil.copytree(template.parent, tmp_path / "fixture")
    copy = tmp_path / "fixture" / "template.yaml"
    copy.write_text(copy.read_text().replace(good, bad))
    threads, before = set(threading.enumerate()), descendants(os.getpid())

    with (
        pytest.raises(LocalError, match=said),
        LocalStack({"Notes": str(tmp_path)}, template=copy, logs=tmp_path / "logs"),
    ):
        pytest.fail("it started")

    assert set(threading.enumerate()) == threads
    assert descendants(os.getpid()) <= before


@contextmanager
def command(*arguments: str, **environment: str) -> "Iterator[subprocess.Popen[str]]":
    """A program of this interpreter, which ends with the test however that goes."""
    with subprocess.Popen(  # noqa: S603 - this interpreter, this package
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_the_command_gets_ready_and_stops_on_a_signal(way: signal.Signals) -> None:
    with command("-m", "local", "--port", "0") as process:
        assert process.stdout is not None
        assert "is ready on http://127.0.0.1:" in process.stdout.readline()
        children = descendants(process.pid)
        process.send_signal(way)
        _, errors = process.communicate(timeout=15)

    assert process.returncode == 0
    assert "Traceback" not in errors
    assert children
    assert not running(children)


_PROGRAM = """
import pathlib, sys, threading, local.stack
template, notes = map(pathlib.Path, sys.argv[1:])
with local.stack.LocalStack({"Notes": str(notes)}, template=template, logs=notes):
    print("up", flush=True)
    threading.Event().wait()
"""


def test_even_a_killed_stack_leaves_no_orphans(
    eventually: Eventually, template: Path, tmp_path: Path
) -> None:
    with command("-c", _PROGRAM, str(template), str(tmp_path)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        children = descendants(process.pid)
        process.kill()
        process.communicate()

    assert children
    eventually(lambda: not running(children))


def failure(*arguments: str, **environment: str) -> str:
    with command("-m", "local", *arguments, **environment) as process:
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (1, "")
    assert errors.startswith("mosaic: ")
    assert errors.count("\n") == 1
    return errors


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert f"port {port} is taken" in failure(PORT=str(port))


def test_a_broken_template_is_said_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "template.yaml"
    broken.write_text("Resources: [")

    assert "template.yaml: " in failure("--port", "0", "--template", str(broken))


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PORT": "http"}, "'http' is not a port"),
        ({"PORT": "70000"}, "'70000' is not a port"),
        ({"OPENCLAW_URL": "http://127.0.0.1:1"}, "OPENCLAW_TOKEN is not"),
        ({"PORT": "0", "OPENCLAW_URL": "127.0.0.1:1", "OPENCLAW_TOKEN": "t"}, "OpenClawUrl"),
    ],
    ids=str,
)
def test_a_bad_setting_is_said_in_one_line(environment: dict[str, str], said: str) -> None:
    assert said in failure(**environment)


@pytest.mark.parametrize("version", [(3, 10), (3, 15)])
def test_unsupported_python_is_said_in_one_line(
    version: tuple[int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0))

    assert entry.run() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"mosaic: needs Python 3.11 to 3.14, this is {version[0]}.{version[1]}; ")
    for remedy in ("uv python install 3.13", "brew install python@3.13", "apt-get install python3-venv"):
        assert remedy in said
    assert said.count("\n") == 1


def test_supported_versions_are_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    makefile = (ROOT / "Makefile").read_text()
    oldest, newest = (".".join(map(str, version)) for version in (entry.OLDEST, entry.NEWEST))

    assert project["requires-python"] == f">={oldest}", "the command line has no upper bound"
    assert f"{entry.OLDEST} <= sys.version_info[:2] <= {entry.NEWEST}" in makefile
    assert f"Python {oldest} to {newest}" in makefile
    assert f"Python {oldest} to {newest}" in (ROOT / "README.md").read_text()
