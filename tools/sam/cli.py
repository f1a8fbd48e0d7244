"""The SAM CLI: builds the functions for this machine, and runs them in containers."""

import contextlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from local.cloud.moto import CREDENTIALS
from local.stack import ROOT
from tools.sam.relay import HOST

SAM = str(ROOT / ".local/sam-cli/bin/sam")
BUILD = ROOT / ".aws-sam/local/build"
"""Separate from the build that `sam deploy` uploads, which may be for another processor."""
ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
PARAMETERS = ("--parameter-overrides", f"Architecture={ARCHITECTURE}")
START_SECONDS = 60
STOP_SECONDS = 90


class SamError(Exception):
    """The SAM CLI failed; the text is its output."""


def engine_answers() -> bool:
    """Returns True if a container engine is installed and running."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0  # noqa: S603


def build() -> None:
    """Builds functions and layers for this machine's processor; raises SamError."""
    done = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        [SAM, "build", *PARAMETERS, "--build-dir", str(BUILD), "--cache-dir", str(BUILD.parent / "cache")],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SamError(done.stderr)


@contextlib.contextmanager
def start_lambda(template: Path, log: IO[str] | None) -> Iterator[str]:
    """Runs a built template's functions in containers that stay warm; yields the Lambda endpoint.

    `log` receives the output of the SAM CLI and the functions; None for this process's standard error. Raises
    SamError if it does not start.
    """
    with _sam_local("start-lambda", template, log, free_port()) as url:
        yield url


@contextlib.contextmanager
def start_api(template: Path, log: IO[str] | None, port: int) -> Iterator[str]:
    """Serves a built template's HTTP API on a port; yields the base URL. The functions run as in
    `start_lambda`.
    """
    with _sam_local("start-api", template, log, port) as url:
        yield url


@contextlib.contextmanager
def _sam_local(command: str, template: Path, log: IO[str] | None, port: int) -> Iterator[str]:
    process = subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
        [
            *(SAM, "local", command, "--template", str(template), *PARAMETERS, "--port", str(port)),
            *("--warm-containers", "LAZY", "--skip-pull-image", "--add-host", f"{HOST}:host-gateway"),
        ],
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=log or sys.stderr,
        stderr=log or sys.stderr,
        process_group=0,
    )
    try:
        _wait_for(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)  # the SAM CLI then removes its containers
        process.wait(STOP_SECONDS)


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.1)
    raise SamError("sam local did not start, see its output")


def free_port() -> int:
    """Returns a free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _environment() -> Mapping[str, str]:
    """Returns this process's environment without AWS accounts, which containers must not get."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**own, **CREDENTIALS, "SAM_CLI_TELEMETRY": "0", "PYTHON": sys.executable}
