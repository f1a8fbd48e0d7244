"""What is made before the first invocation, and that a snapshot of it can be shared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mosaic.edge.start import prepare

ROOT = Path(__file__).parents[3]
NAMES = """
JOBS_TABLE EVENTS_TABLE CLAIMS_TABLE ACCESS_TABLE QUEUE_URL URGENT_QUEUE_URL WEBHOOK_SECRET_ID OPENCLAW_SECRET_ID
OPENCLAW_URL PUBLIC_URL BOT_LOGIN EVENT_BUS EVENT_BUS_NAME POWERTOOLS_SERVICE_NAME
"""
SETTINGS = dict.fromkeys(NAMES.split(), "x")
# A snapshot is shared by all that start from it: nothing may be connected, and nothing drawn that has to differ.
PROGRAM = """
import os, socket, sys
def refuse(*_, **__): raise AssertionError("a start opens no connection")
socket.socket.connect = refuse
os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "snap-start"
__import__(sys.argv[1])
"""


def test_nothing_is_made_ahead_where_nobody_starts_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)
    made: list[int] = []
    prepare(lambda: made.append(1))
    assert made == []


def test_in_lambda_it_is_made_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    made: list[int] = []
    prepare(lambda: made.append(1), lambda: made.append(2))
    assert made == [1, 2]


@pytest.mark.parametrize("package", ["api", "authorizer", "webhook", "recorder", "sweeper", "stitcher"])
def test_a_start_opens_no_connection(package: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}/functions:{ROOT}/layers/mosaic",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        **SETTINGS,
    }
    command = [sys.executable, "-c", PROGRAM, f"{package}.app"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
