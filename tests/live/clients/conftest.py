"""A seeded stack with a stand-in gateway, its contract, and the client generators."""

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
"""The folder into which `make test-clients` installs the generators from their lock files."""
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
    """The environment of a client: the URL, and the tokens of a member and an admin."""
    stack, demo = running
    return {"MOSAIC_URL": stack.url, "MEMBER": demo.tokens["member"], "ADMIN": demo.tokens["admin"]}


@pytest.fixture(scope="session")
def contract(running: tuple[LocalStack, Demo], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The OpenAPI document that the stack serves."""
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
    """Runs a program in an empty folder and returns its output. Fails with the output unless the program
    exits with 0.
    """

    def run(*command: str | Path, path: Path, **environment: str) -> str:
        variables: Mapping[str, str] = {**os.environ, **QUIET, **environment}
        process = subprocess.run(  # noqa: S603 - programs of the locked kits
            [str(part) for part in command],
            cwd=tmp_path,
            env={**variables, "PATH": f"{path}{os.pathsep}{variables['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout + process.stderr

    return run
