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
from local.errors import FunctionError, LocalError
from local.log_folder import locked
from local.stack import ROOT, LocalStack

Eventually = Callable[[Callable[[], Any]], Any]


def processes() -> list[tuple[int, int, str]]:
    """Returns the number, parent and state of every process."""
    listing = ["ps", "-A", "-o", "pid=,ppid=,stat="]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True)  # noqa: S603 - a constant
    lines = [line.split() for line in listed.stdout.splitlines()]
    return [(int(pid), int(parent), state) for pid, parent, state in lines]


def descendants(process: int) -> set[int]:
    """Returns all processes below one, without the listing process."""
    parents = {pid: parent for pid, parent, _ in processes()}
    found = {process}
    for _ in parents:
        found |= {pid for pid, parent in parents.items() if parent in found}
    return running(found - {process})


def running(numbers: set[int]) -> set[int]:
    """Returns the numbers of the processes that have not ended."""
    return {pid for pid, _, state in processes() if pid in numbers and not state.startswith("Z")}


def test_restart_uses_changed_template(template: Path, tmp_path: Path) -> None:
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
    ("good", "bad", "message"),
    [
        ("BatchSize: 10", "FilterCriteria: {}", "QueueFunctionWork: FilterCriteria does not run locally"),
        ("Notes: {", "Paths: { Type: String }\n  Notes: {", "parameter Paths needs a value"),
    ],
)
def test_unsupported_setting_is_reported(
    template: Path, tmp_path: Path, good: str, bad: str, message: str
) -> None:
    shutil.copytree(template.parent, tmp_path / "fixture")
    copy = tmp_path / "fixture" / "template.yaml"
    copy.write_text(copy.read_text().replace(good, bad))
    threads, before = set(threading.enumerate()), descendants(os.getpid())

    with (
        pytest.raises(LocalError, match=message),
        LocalStack({"Notes": str(tmp_path)}, template=copy, logs=tmp_path / "logs"),
    ):
        pytest.fail("it started")

    assert set(threading.enumerate()) == threads
    assert descendants(os.getpid()) <= before


def test_port_answers_503_until_ready(template: Path, tmp_path: Path) -> None:
    answers = []

    def ask(stack: LocalStack) -> None:
        answers.append(urllib3.request("GET", stack.url + "/guarded/7", retries=False))

    with LocalStack({"Notes": str(tmp_path)}, template=template, logs=tmp_path, prepare=ask) as stack:
        (early,) = answers
        assert (early.status, early.headers["retry-after"]) == (503, "1")
        assert early.json()["code"] == "starting"
        late = urllib3.request("GET", stack.url + "/guarded/7", headers={"authorization": "Bearer good"})
        assert late.status == 201


def test_failed_preparation_leaves_no_processes(template: Path, tmp_path: Path) -> None:
    threads, before = set(threading.enumerate()), descendants(os.getpid())

    def fail(_stack: LocalStack) -> None:
        raise LocalError("not today")

    with (
        pytest.raises(LocalError, match="not today"),
        LocalStack({"Notes": str(tmp_path)}, template=template, logs=tmp_path, prepare=fail),
    ):
        pytest.fail("it started")

    assert set(threading.enumerate()) == threads
    assert descendants(os.getpid()) <= before


def test_another_handler_can_be_invoked(template: Path, tmp_path: Path) -> None:
    with LocalStack({"Notes": str(tmp_path)}, template=template, logs=tmp_path, events=False) as stack:
        response = stack.invoke("AuthorizerFunction", {"routeKey": "GET /"}, handler="web.lambda_handler")
        assert response["statusCode"] == 201
        with pytest.raises(FunctionError, match="No module named 'nowhere'"):
            stack.invoke("AuthorizerFunction", {}, handler="nowhere.lambda_handler")


def test_second_stack_cannot_use_same_folder(template: Path, tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(LocalError, match=f"another stack writes to {tmp_path}; .* MOSAIC_LOCAL=DIR"),
        LocalStack({"Notes": str(tmp_path)}, template=template, logs=tmp_path),
    ):
        pytest.fail("it started")


@contextmanager
def command(*arguments: str, **environment: str) -> "Iterator[subprocess.Popen[str]]":
    """Starts a program with this interpreter; the program ends with the test."""
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


def poll(url: str, process: "subprocess.Popen[str]") -> list[int]:
    """Returns the statuses that a waiting client receives, from the first accept to the first 200."""
    statuses: list[int] = []
    headers = {"authorization": "Bearer local-admin-token"}
    with urllib3.PoolManager(retries=False, headers=headers) as pool:
        while statuses[-1:] != [200] and process.poll() is None:
            try:
                statuses.append(pool.request("GET", url + "/runner-jobs").status)
            except urllib3.exceptions.HTTPError:
                time.sleep(0.01)
    return statuses


@pytest.fixture
def port() -> int:
    """Returns a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_command_starts_and_stops_on_signal(way: signal.Signals, port: int, tmp_path: Path) -> None:
    with command("-m", "local", PORT=str(port), MOSAIC_LOCAL=str(tmp_path)) as process:
        statuses = poll(f"http://127.0.0.1:{port}", process)
        children = descendants(process.pid)
        process.send_signal(way)
        output, errors = process.communicate(timeout=15)

    assert (statuses[0], statuses[-1]) == (503, 200)
    assert 401 not in statuses
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert output.startswith(f"Mosaic Stitcher is ready on http://127.0.0.1:{port} after ")
    assert len(output.splitlines()) == 10 + len(["stopped"])
    assert output.endswith("\nstopped\n")
    assert (tmp_path / str(port) / "ApiFunction.log").exists()
    assert children
    assert not running(children)


_PROGRAM = """
import pathlib, sys, threading, local.stack
template, notes = map(pathlib.Path, sys.argv[1:])
with local.stack.LocalStack({"Notes": str(notes)}, template=template, logs=notes):
    print("up", flush=True)
    threading.Event().wait()
"""


def test_killed_stack_leaves_no_orphans(eventually: Eventually, template: Path, tmp_path: Path) -> None:
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
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert errors.startswith("mosaic: ")
    assert errors.count("\n") == 1
    return errors


def test_taken_port_is_reported_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert f"port {port} is taken" in failure(PORT=str(port))


def test_broken_template_is_reported_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "template.yaml"
    broken.write_text("Resources: [")

    assert "template.yaml: " in failure("--port", "0", "--template", str(broken))


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PORT": "http"}, "'http' is not a port"),
        ({"PORT": "70000"}, "'70000' is not a port"),
        ({"OPENCLAW_URL": "http://127.0.0.1:1"}, "OPENCLAW_TOKEN is not"),
        ({"PORT": "0", "OPENCLAW_URL": "127.0.0.1:1", "OPENCLAW_TOKEN": "t"}, "OpenClawUrl"),
    ],
    ids=str,
)
def test_invalid_setting_is_reported_in_one_line(environment: dict[str, str], message: str) -> None:
    assert message in failure(**environment)


def test_unwritable_folder_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    message = failure(PORT="0", MOSAIC_LOCAL=str(tmp_path / "file"))

    assert f"{tmp_path}/file" in message
    assert "cannot be written: " in message
    assert "MOSAIC_LOCAL=DIR" in message


def test_missing_dynamodb_is_reported_in_one_line(port: int, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{port}"

    message = failure(PORT="0", MOSAIC_LOCAL=str(tmp_path), AWS_ENDPOINT_URL_DYNAMODB=url)

    assert f"the DynamoDB {url}: " in message


@pytest.mark.parametrize("version", [(3, 10), (3, 15)])
def test_unsupported_python_is_reported_in_one_line(
    version: tuple[int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0))

    assert entry.run() == 1
    message = capsys.readouterr().err
    assert message.startswith(f"mosaic: needs Python 3.11 to 3.14, this is {version[0]}.{version[1]}; ")
    for remedy in ("uv python install 3.13", "brew install python@3.13", "apt-get install python3-venv"):
        assert remedy in message
    assert message.count("\n") == 1


def test_supported_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    makefile = (ROOT / "Makefile").read_text()
    oldest, newest = (".".join(map(str, version)) for version in (entry.OLDEST, entry.NEWEST))

    assert project["requires-python"] == f">={oldest}", "the command line has no upper bound"
    assert f"{entry.OLDEST} <= sys.version_info[:2] <= {entry.NEWEST}" in makefile
    assert f"Python {oldest} to {newest}" in makefile
    assert f"Python {oldest} to {newest}" in (ROOT / "README.md").read_text()
