"""Properties of queues and rules in template.yaml that the simulation uses."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # ships no types

Json = dict[str, Any]

TEMPLATE = Path(__file__).parents[3] / "template.yaml"


def properties(logical_id: str) -> Json:
    """Returns the properties of a resource in the template, before any transform."""
    resource: Json = _resources()[logical_id]["Properties"]
    return resource


def queue_limits(logical_id: str) -> dict[str, Any]:
    """Returns the limits of a queue with a dead-letter queue, as arguments of FakeQueue."""
    queue = properties(logical_id)
    return {
        "visibility": timedelta(seconds=queue["VisibilityTimeout"]),
        "retention": timedelta(seconds=queue["MessageRetentionPeriod"]),
        "max_receives": queue["RedrivePolicy"]["maxReceiveCount"],
    }


@cache
def _resources() -> Json:
    resources: Json = yaml_parse(TEMPLATE.read_text())["Resources"]
    return resources
