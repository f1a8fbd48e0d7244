"""A message that fails too often keeps its receive count on its way to the poison function, and is still seen by it."""

from __future__ import annotations

import pytest

from tests.simulation.run import simulate
from tests.simulation.simulator.template_properties import properties, queue_limits

SEED = 15
"""In which the stitcher fails five times at a message."""


def test_a_middle_queue_with_the_same_limit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = queue_limits("DispatchQueue")["max_receives"]
    monkeypatch.setitem(properties("FailedDispatchQueue")["RedrivePolicy"], "maxReceiveCount", limit)

    assert "moved to the dead letters after 0 tries" in str(simulate(SEED).broken)


def test_with_the_templates_limit_nothing_is_found() -> None:
    assert simulate(SEED).broken is None
