"""A message keeps its receive count when SQS moves it, so the queues' limits have to differ."""

from __future__ import annotations

import pytest

from tests.simulation.run import simulate
from tests.simulation.simulator.template_properties import properties, queue_limits

SEED = 9
"""A seed in which the stitcher fails five times at a message."""


def test_equal_receive_limits_lose_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = queue_limits("DispatchQueue")["max_receives"]
    monkeypatch.setitem(properties("FailedDispatchQueue")["RedrivePolicy"], "maxReceiveCount", limit)

    assert "moved to the dead letters after 0 tries" in str(simulate(SEED).violation)


def test_limits_of_the_template_lose_no_message() -> None:
    assert simulate(SEED).violation is None
