"""The simulation has the times of the template."""

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
    template_resources: dict[str, Any] = template["Resources"]
    return template_resources


def test_functions_have_the_timeouts_of_the_template(resources: dict[str, Any]) -> None:
    timeouts = {
        name: resources[f"{name.title().replace('-', '')}Function"]["Properties"]["Timeout"]
        for name in TIMEOUTS
    }
    assert timeouts == TIMEOUTS


def test_authorizer_cache_has_the_ttl_of_the_template(resources: dict[str, Any]) -> None:
    schemes = resources["HttpApi"]["Properties"]["Body"]["components"]["securitySchemes"]
    settings = schemes["TokenAuthorizer"]["x-amazon-apigateway-authorizer"]
    assert settings["authorizerResultTtlInSeconds"] == AUTHORIZER_CACHE_SECONDS
