"""What template.yaml declares of the queues and the rule that the simulation runs."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # ships no types

Json = dict[str, Any]

TEMPLATE = Path(__file__).parents[3] / "template.yaml"


def properties(logical_id: str) -> Json:
    """The properties of a resource as the template has them, before any transform."""
    found: Json = _resources()[logical_id]["Properties"]
    return found


def queue_limits(logical_id: str) -> dict[str, Any]:
    """The limits of a queue that has a dead-letter queue, as `FakeQueue` takes them."""
    declared = properties(logical_id)
    return {
        "visibility": timedelta(seconds=declared["VisibilityTimeout"]),
        "retention": timedelta(seconds=declared["MessageRetentionPeriod"]),
        "max_receives": declared["RedrivePolicy"]["maxReceiveCount"],
    }


@cache
def _resources() -> Json:
    resources: Json = yaml_parse(TEMPLATE.read_text())["Resources"]
    return resources
