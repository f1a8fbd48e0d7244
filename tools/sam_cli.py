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
from tools.relay import HOST

SAM = str(ROOT / ".local/sam-cli/bin/sam")
BUILD = ROOT / ".aws-sam/local/build"
"""Apart from what `sam deploy` uploads, which is built for another processor."""
ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
PARAMETERS = ("--parameter-overrides", f"Architecture={ARCHITECTURE}")
START_SECONDS = 60
STOP_SECONDS = 90


class SamError(Exception):
    """The SAM CLI did not do what it was asked; the text is what it said."""


def engine_answers() -> bool:
    """Whether there is a container engine, and running."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0  # noqa: S603


def build() -> None:
    """Build functions and layers for this machine's processor; raises SamError."""
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
    """Run a built template's functions in containers that stay warm; yields the Lambda endpoint.

    `log` gets what the SAM CLI and the functions say; None for this process's standard error.
    Raises SamError when it does not start.
    """
    with _serving("start-lambda", template, log, free_port()) as url:
        yield url


@contextlib.contextmanager
def start_api(template: Path, log: IO[str] | None, port: int) -> Iterator[str]:
    """Serve a built template's HTTP API on a port, its functions as `start_lambda` runs them; yields the base URL."""
    with _serving("start-api", template, log, port) as url:
        yield url


@contextlib.contextmanager
def _serving(command: str, template: Path, log: IO[str] | None, port: int) -> Iterator[str]:
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
        process.send_signal(signal.SIGINT)  # upon which it removes its containers
        process.wait(STOP_SECONDS)


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.1)
    raise SamError("sam local did not start, see what it said")


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _environment() -> Mapping[str, str]:
    """This process's environment, but for AWS accounts: a container is to know none."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**own, **CREDENTIALS, "SAM_CLI_TELEMETRY": "0", "PYTHON": sys.executable}
