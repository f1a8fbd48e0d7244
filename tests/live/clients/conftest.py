"""One seeded stack with a stand-in gateway, the contract that it serves, and the kits that read it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from local.demo import CALLBACK_TOKEN, GATEWAY_TOKEN, Demo, Seed
from local.gateway.stand_in import StandInGateway
from local.stack import ROOT, LocalStack

KITS = ROOT / ".local/clients"
"""Where `make test-clients` installs the generators, each from its lock."""
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}

Run = Callable[..., str]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalStack, Demo]]:
    gateway = StandInGateway(GATEWAY_TOKEN, CALLBACK_TOKEN)
    gateway.start()
    try:
        seed, logs = Seed(), tmp_path_factory.mktemp("logs")
        with LocalStack({"OpenClawUrl": gateway.url}, logs=logs, prepare=seed) as stack:
            yield stack, seed.demo
    finally:
        gateway.stop()


@pytest.fixture(scope="session")
def access(running: tuple[LocalStack, Demo]) -> dict[str, str]:
    """What a client has to be told: the address, and the tokens of who asks and of who approves."""
    stack, demo = running
    return {"MOSAIC_URL": stack.url, "MEMBER": demo.tokens["member"], "ADMIN": demo.tokens["admin"]}


@pytest.fixture(scope="session")
def contract(running: tuple[LocalStack, Demo], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document as the stack serves it."""
    path = tmp_path_factory.mktemp("contract") / "openapi.json"
    path.write_bytes(httpx.get(f"{running[0].url}/openapi.json").content)
    return path


@pytest.fixture(scope="session")
def python_kit() -> Path:
    return _installed(KITS / "python/bin")


@pytest.fixture(scope="session")
def node_kit() -> Path:
    if shutil.which("node") is None:
        pytest.skip("node is not on the PATH")
    return _installed(KITS / "typescript/node_modules/.bin")


def _installed(folder: Path) -> Path:
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: make test-clients")
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program in an empty folder; returns what it printed, fails with that unless it exits with 0."""

    def run(*command: str | Path, path: Path, **environment: str) -> str:
        known: Mapping[str, str] = {**os.environ, **QUIET, **environment}
        done = subprocess.run(  # noqa: S603 - programs of the locked kits
            [str(part) for part in command],
            cwd=tmp_path,
            env={**known, "PATH": f"{path}{os.pathsep}{known['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run
