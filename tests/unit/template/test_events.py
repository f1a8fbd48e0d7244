"""The sample events of tests/events match the shapes and routes of this template, and are signed with the
local secret.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.demo import WEBHOOK_SECRET
from mosaic.events.derive import derive
from mosaic.events.model import Event
from mosaic.forge.intent import Provider
from mosaic.forge.signature import verify as verify_signature
from mosaic.openclaw.callback import verify as verify_callback
from mosaic.storage.event_bus import SOURCE
from mosaic.storage.job_queue import JobMessage
from mosaic.storage.jobs import from_image
from tools.sam.local_functions import CALLBACK_KEY, sample_jobs, with_fresh_signature

Json = dict[str, Any]
Load = Callable[[str], Json]

EVENTS = Path(__file__).parents[2] / "events"
NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))
NOW = 1_795_256_130


@pytest.fixture
def load() -> Load:
    def load(name: str) -> Json:
        event: Json = json.loads((EVENTS / f"{name}.json").read_text())
        return event

    return load


@pytest.fixture
def sample_ids() -> set[str]:
    return {image["job_id"]["S"] for image in sample_jobs()}


def test_functions_and_sample_events_match(functions: dict[str, Json]) -> None:
    prefixes = {
        re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name.removesuffix("Function")).lower() for name in functions
    }

    unused = {prefix for prefix in prefixes if not any(name.startswith(f"{prefix}-") for name in NAMES)}
    unknown = {name for name in NAMES if not any(name.startswith(f"{prefix}-") for prefix in prefixes)}
    assert (unused, unknown) == (set(), set())


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.split("-")[0] in ("api", "admin", "webhook")]
)
def test_request_event_matches_a_route(load: Load, routes: dict[str, Json], name: str) -> None:
    event = load(name)
    method, path = event["routeKey"].split(" ")

    assert event["routeKey"] in routes
    assert event["requestContext"]["routeKey"] == event["routeKey"]
    assert event["requestContext"]["http"]["method"] == method
    assert event["rawPath"] == path.format(**event.get("pathParameters", {}))
    open_to_all = routes[event["routeKey"]]["security"] == [{"NONE": []}]
    assert ("authorizer" in event["requestContext"]) is not open_to_all


@pytest.mark.parametrize(
    ("name", "provider"), [("webhook-github-comment", "github"), ("webhook-gitea-comment", "gitea")]
)
def test_forge_delivery_is_signed(load: Load, name: str, provider: Provider) -> None:
    event = load(name)

    verify_signature(provider, event["headers"], event["body"].encode(), [WEBHOOK_SECRET], NOW)


def test_bot_delivery_is_signed_when_sent(load: Load) -> None:
    event = with_fresh_signature(load("webhook-bot-mention"), NOW)

    verify_signature("mosaic", event["headers"], event["body"].encode(), [WEBHOOK_SECRET], NOW)


def test_callback_event_names_a_sample_job(load: Load, sample_ids: set[str]) -> None:
    token = load("webhook-openclaw-callback")["pathParameters"]["token"]

    assert verify_callback(token, (CALLBACK_KEY,)).job_id in sample_ids


@pytest.mark.parametrize("name", ["stitcher-job-message", "dead-letter-message"])
def test_message_event_names_a_sample_job(load: Load, sample_ids: set[str], name: str) -> None:
    for record in load(name)["Records"]:
        assert JobMessage.model_validate_json(record["body"]).job_id in sample_ids


def test_bus_event_is_of_a_sample_job(load: Load, sample_ids: set[str]) -> None:
    for record in load("notifier-job-created")["Records"]:
        sent = json.loads(record["body"])
        event = Event.model_validate(sent["detail"])

        assert event.job_id in sample_ids
        assert (sent["source"], sent["detail-type"]) == (SOURCE, event.type)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("recorder-")])
def test_stream_event_holds_job_versions(load: Load, name: str) -> None:
    for record in load(name)["Records"]:
        images = record["dynamodb"]
        old = from_image(images["OldImage"]) if "OldImage" in images else None
        new = from_image(images["NewImage"])

        assert record["eventName"] == ("MODIFY" if old else "INSERT")
        assert derive(old, new)
