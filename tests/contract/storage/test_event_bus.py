"""Contract of the event bus: a rule receives every event as the API shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest

from mosaic.events.chain import with_hash
from mosaic.events.derive import derive
from mosaic.events.model import Event, EventType
from mosaic.storage.event_bus import MAX_BYTES, MAX_ENTRIES, TRIES, BusEntry, EventBus, batches, size_of
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.storage.event_bus import FakeBus, FakeEventBridge


def entry(index: int = 0, text: str = "", kind: EventType = EventType.STEP_OUTPUT) -> BusEntry:
    event = Event(
        id=f"J-1-{index}",
        job_id="J",
        version=1,
        index=index,
        type=kind,
        actor="run:J:1",
        timestamp=NOON,
        payload={"text": text},
    )
    return BusEntry("demo", event)


class Listener:
    """A rule on its own bus, and the queue that it sends to."""

    def __init__(self, pattern: dict[str, Any]) -> None:
        name = uuid4().hex
        self.events: Any = boto3.client("events")
        self._sqs = boto3.client("sqs")
        self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.events.create_event_bus(Name=name)
        self.events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps(pattern))
        target = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
        self.events.put_targets(Rule=name, EventBusName=name, Targets=[target])
        self.bus = EventBus(self.events, name)

    def received(self) -> list[Any]:
        found: list[Any] = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            found += (json.loads(message["Body"]) for message in messages)
        return sorted(found, key=lambda event: str(event["detail"]["id"]))

    def close(self) -> None:
        self.events.close()
        self._sqs.close()


class FakeListener:
    """A rule on the bus in memory, and the events that it sent."""

    def __init__(self, pattern: dict[str, Any]) -> None:
        self._received: list[Any] = []
        bridge = FakeEventBridge()
        bridge.rule(pattern, self._received.append)
        self.bus = EventBus(bridge, "bus")

    def received(self) -> list[Any]:
        return sorted(self._received, key=lambda event: str(event["detail"]["id"]))


def listener(request: pytest.FixtureRequest, pattern: dict[str, Any]) -> Iterator[Listener | FakeListener]:
    if request.param == "fake":
        yield FakeListener(pattern)
        return
    request.getfixturevalue("aws")
    opened = Listener(pattern)
    yield opened
    opened.close()


@pytest.fixture(params=["fake", "moto"])
def everything(request: pytest.FixtureRequest) -> Iterator[Listener | FakeListener]:
    yield from listener(request, {"source": ["mosaic.stitcher"]})


@pytest.fixture(params=["fake", "moto"])
def failures(request: pytest.FixtureRequest) -> Iterator[Listener | FakeListener]:
    yield from listener(request, {"detail-type": ["job.failed"], "detail": {"workspaceId": ["demo"]}})


def test_event_arrives_as_in_api_with_workspace(
    everything: Listener | FakeListener,
) -> None:
    job = with_hash(None, samples.job())
    events = derive(None, job)
    assert everything.bus.publish([BusEntry("demo", event) for event in events]) == frozenset()
    received = everything.received()
    assert [event["detail"] for event in received] == [
        {"workspaceId": "demo", **event.model_dump(mode="json", by_alias=True)} for event in events
    ]
    assert [(event["source"], event["detail-type"]) for event in received] == [
        ("mosaic.stitcher", "job.created"),
        ("mosaic.stitcher", "job.queued"),
    ]
    assert {event["detail"]["hash"] for event in received} == {job.version_hash}


def test_fake_accepts_what_bus_accepts(everything: Listener | FakeListener) -> None:
    entries = [entry(index) for index in range(12)]
    fake = FakeBus()
    assert fake.publish(entries) == everything.bus.publish(entries) == frozenset()
    assert sorted(fake.ids) == sorted(event["detail"]["id"] for event in everything.received())


def test_rule_filters_by_pattern(failures: Listener | FakeListener) -> None:
    failures.bus.publish([entry(0), entry(1, kind=EventType.JOB_FAILED)])
    assert [event["detail"]["id"] for event in failures.received()] == ["J-1-1"]


@pytest.mark.parametrize("text", ["😀 \x00 \u2028", "x" * 200_000])
def test_any_text_arrives(everything: Listener | FakeListener, text: str) -> None:
    assert everything.bus.publish([entry(text=text)]) == frozenset()
    assert everything.received()[0]["detail"]["payload"] == {"text": text}


def test_oversized_event_omits_payload(
    everything: Listener | FakeListener,
) -> None:
    assert everything.bus.publish([entry(text="x" * MAX_BYTES)]) == frozenset()
    detail = everything.received()[0]["detail"]
    assert (detail["payload"], detail["payloadOmitted"], detail["id"]) == ({}, True, "J-1-0")


def test_many_events_are_sent_in_batches(everything: Listener | FakeListener) -> None:
    ids = everything.bus.publish([entry(index) for index in range(25)])
    assert (ids, len(everything.received())) == (frozenset(), 25)


@pytest.mark.parametrize("length", [0, 1_000, 60_000, 130_000, 261_000, 300_000])
def test_batches_stay_within_request_limits(length: int) -> None:
    entries = [entry(index, "é" * (length // 2)) for index in range(23)]
    found = list(batches(entries))
    assert [one for batch in found for one in batch] == entries
    for batch in found:
        assert 0 < len(batch) <= MAX_ENTRIES
        assert sum(size_of(one) for one in batch) <= MAX_BYTES


class UnreliableEventBridge:
    """An EventBridge client that refuses some entries or whole requests, a limited number of times."""

    def __init__(self, refuses: dict[str, int], times_down: int = 0) -> None:
        self.refuses, self.times_down = dict(refuses), times_down
        self.took: list[str] = []

    def put_events(self, Entries: list[Any]) -> Any:  # noqa: N803 - boto3's own name
        if self.times_down:
            self.times_down -= 1
            raise boto3.client("events").exceptions.InternalException({"Error": {"Code": "x"}}, "PutEvents")
        return {"Entries": [self._entry(json.loads(entry["Detail"])["id"]) for entry in Entries]}

    def _entry(self, event_id: str) -> Any:
        if self.refuses.get(event_id, 0) > 0:
            self.refuses[event_id] -= 1
            return {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
        self.took.append(event_id)
        return {"EventId": "1"}


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("refuses", "down", "left"),
    [
        ({"J-1-1": 1}, 0, set()),
        ({"J-1-1": TRIES - 1, "J-1-2": 1}, 0, set()),
        ({"J-1-1": TRIES}, 0, {"J-1-1"}),
        ({}, TRIES - 1, set()),
        ({}, TRIES, {"J-1-0", "J-1-1", "J-1-2"}),
    ],
)
def test_only_refused_entries_are_sent_again(refuses: dict[str, int], down: int, left: set[str]) -> None:
    unreliable = UnreliableEventBridge(refuses, down)
    assert EventBus(unreliable, "bus").publish([entry(index) for index in range(3)]) == left
    assert sorted(unreliable.took) == sorted({"J-1-0", "J-1-1", "J-1-2"} - left)
