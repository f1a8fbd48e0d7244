"""The flows over the fakes, at noon."""

from __future__ import annotations

import pytest

from tests.fakes.simulated_deployment import World


@pytest.fixture
def world() -> World:
    return World()
