"""One small stack for all tests here. Its handlers record their events in files, the notes."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from local.stack import LocalStack

FIXTURE = Path(__file__).parent / "fixture"

Notes = Callable[[str], list[Any]]
Eventually = Callable[[Callable[[], Any]], Any]
SendRequest = Callable[..., urllib3.BaseHTTPResponse]


@pytest.fixture(scope="session")
def template() -> Path:
    return FIXTURE / "template.yaml"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("local")


@pytest.fixture(scope="session")
def stack(template: Path, folder: Path) -> Iterator[LocalStack]:
    with LocalStack({"Notes": str(folder)}, template=template, logs=folder / "logs") as running:
        yield running


@pytest.fixture(scope="session")
def notes(folder: Path) -> Notes:
    """Reads the notes that the handlers recorded under a name, in order."""

    def read(name: str) -> list[Any]:
        path = folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    return read


@pytest.fixture(scope="session")
def eventually() -> Eventually:
    """Calls a function until its result is true, and returns the result; fails after 15 s."""

    def wait(probe: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            found = probe()
            if found:
                return found
            time.sleep(0.05)
        return pytest.fail("it did not happen within 15 s")

    return wait


@pytest.fixture(scope="session")
def send(stack: LocalStack) -> Iterator[SendRequest]:
    """Sends a request to the stack: `send(method, path, body, header=value)`."""
    with urllib3.PoolManager(retries=False) as pool:

        def send(method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return pool.request(method, stack.url + path, body=body, headers=named)

        yield send
