"""The access log names each kind of caller."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mosaic.access.model import Principal

Json = dict[str, Any]


@pytest.fixture
def fields(resources: Callable[[str], dict[str, Json]]) -> dict[str, str]:
    """The fields of a line, with their variables."""
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    found: dict[str, str] = json.loads(stage["AccessLogSettings"]["Format"])
    return found


def test_caller_of_each_kind_is_named(fields: dict[str, str]) -> None:
    named = {value.removeprefix("$context.authorizer.") for value in fields.values()}
    wire = {field.alias or name for name, field in Principal.model_fields.items()}
    assert named & wire == {"workspaceId", "tokenId", "subject", "jobId", "attempt"}
