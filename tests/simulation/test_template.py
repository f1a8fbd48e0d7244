"""The simulation's times are those of the template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.cloud.template import load
from tests.simulation.simulator.api_gateway import AUTHORIZER_CACHE_SECONDS
from tests.simulation.simulator.functions import TIMEOUTS


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    root = Path(__file__).parents[2]
    template = load(root / "template.yaml", {"OpenClawUrl": "https://openclaw.test"})
    found: dict[str, Any] = template["Resources"]
    return found


def test_a_function_has_the_time_that_the_template_gives_it(resources: dict[str, Any]) -> None:
    given = {
        name: resources[f"{name.title().replace('-', '')}Function"]["Properties"]["Timeout"]
        for name in TIMEOUTS
    }
    assert given == TIMEOUTS


def test_the_door_remembers_a_caller_for_as_long_as_the_template_says(resources: dict[str, Any]) -> None:
    schemes = resources["HttpApi"]["Properties"]["Body"]["components"]["securitySchemes"]
    settings = schemes["TokenAuthorizer"]["x-amazon-apigateway-authorizer"]
    assert settings["authorizerResultTtlInSeconds"] == AUTHORIZER_CACHE_SECONDS
