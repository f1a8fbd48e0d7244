"""The services over the fakes, at noon."""

from __future__ import annotations

import pytest

from tests.fakes.simulated_deployment import SimulatedDeployment


@pytest.fixture
def deployment() -> SimulatedDeployment:
    return SimulatedDeployment()
