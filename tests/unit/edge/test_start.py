"""Initialization before the first invocation, and what a snapshot may contain."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.cold_start import environment, functions
from mosaic.edge.start import prepare

FUNCTIONS = functions()
# All environments share the snapshot, so it may have no connections and no random numbers.
PROGRAM = """
import os, socket, sys
def refuse(*_, **__): raise AssertionError("a start opens no connection")
socket.socket.connect = refuse
os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "snap-start"
__import__(sys.argv[1])
"""


def test_prepare_does_nothing_outside_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)
    made: list[int] = []
    prepare(lambda: made.append(1))
    assert made == []


def test_prepare_calls_factories_in_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    made: list[int] = []
    prepare(lambda: made.append(1), lambda: made.append(2))
    assert made == [1, 2]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_start_opens_no_connection(name: str) -> None:
    module = FUNCTIONS[name]["Handler"].rpartition(".")[0]
    done = subprocess.run(  # noqa: S603 - this interpreter, on the program above
        [sys.executable, "-c", PROGRAM, module],
        env=environment(FUNCTIONS[name]),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
