"""The contract as it is committed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator


@pytest.fixture(scope="session")
def document() -> Any:
    return json.loads(Path("functions/api/openapi.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def wrong_with(document: Any) -> Callable[[Any, Any], list[str]]:
    """What does not hold of a value by a schema of the document: `wrong_with(schema, value)`."""

    def check(schema: Any, value: Any) -> list[str]:
        whole = OAS31Validator({**schema, "components": document["components"]})
        return [f"{error.json_path}: {error.message}" for error in whole.iter_errors(value)]

    return check
