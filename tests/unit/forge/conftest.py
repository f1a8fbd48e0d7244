"""Complete sample deliveries of the forges."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

Load = Callable[[str], dict[str, Any]]


@cache
def _payload(name: str) -> dict[str, Any]:
    path = Path(__file__).parent / "payloads" / f"{name}.json"
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


@pytest.fixture(scope="session")
def load() -> Load:
    """Returns a function that copies a delivery by its name, such as `github/issue_comment.created`."""
    return lambda name: deepcopy(_payload(name))
