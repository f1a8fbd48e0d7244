"""Batches of the stream: a bad record is set aside alone, a passing error retries the batch in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pynamodb.exceptions import PutError

from mosaic.events.model import Event
from mosaic.jobs import lifecycle
from mosaic.jobs.model import Job
from mosaic.services.consume_stream import StreamConsumer
from mosaic.services.record_events import record
from mosaic.storage.job_items import attributes
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.storage.dead_letters import FakeDeadLetters
from tests.fakes.storage.event_bus import FakeBus
from tests.fakes.storage.event_log import FakeEventLog
from tests.fakes.storage.jobs import FakeJobs

Entry = dict[str, Any]


class ConsumerSetup:
    """A stream consumer over fakes, and the stream of two jobs: three versions of one, two of the other
    between them.
    """

    def __init__(self) -> None:
        self.log, self.bus, self.stream_dead_letters = FakeEventLog(), FakeBus(), FakeDeadLetters()
        self.raises: dict[tuple[str, int], Exception] = {}
        self.stream_consumer = StreamConsumer(self._record, self.bus, self.stream_dead_letters)
        self.first, self.second = samples.job(), samples.job()
        jobs = FakeJobs()
        jobs.add(self.first)
        jobs.add(self.second)
        for job in (self.first, self.second):
            jobs.save(lifecycle.change(job, NOON, "token:ada"))
        stored = jobs.get("demo", self.first.id)
        assert stored
        jobs.save(lifecycle.cancel(stored, NOON, "token:ada"))
        self.stream = [_entry(number, old, new) for number, (old, new) in enumerate(jobs.stream, 1)]

    def _record(self, old: Job | None, new: Job) -> tuple[Event, ...]:
        if error := self.raises.get((new.id, new.version)):
            raise error
        return record(old, new, self.log)

    def versions(self, job: Job) -> list[int]:
        return [event.version for event in self.log.page("demo", job.id, None, 99) if event.index == 0]


def _image(job: Job) -> Entry:
    return {name: {"S": str(value)} for name, value in attributes(job).items() if value is not None}


def _entry(number: int, old: Job | None, new: Job) -> Entry:
    images = {"NewImage": _image(new), **({"OldImage": _image(old)} if old else {})}
    keys = {"workspace_id": {"S": new.workspace_id}, "job_id": {"S": new.id}}
    dynamodb = {"SequenceNumber": str(number), "Keys": keys, **images}
    return {"eventName": "MODIFY" if old else "INSERT", "dynamodb": dynamodb}


def throttled() -> PutError:
    cause = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "PutItem")
    return PutError(cause=cause)


@pytest.fixture
def setup() -> ConsumerSetup:
    return ConsumerSetup()


def test_batch_is_logged_then_published(setup: ConsumerSetup) -> None:
    assert setup.stream_consumer.consume(setup.stream) is None
    assert (setup.versions(setup.first), setup.versions(setup.second)) == ([1, 2, 3], [1, 2])
    logged = [
        event.id for job in (setup.first, setup.second) for event in setup.log.page("demo", job.id, None, 99)
    ]
    assert sorted(setup.bus.ids) == sorted(logged)
    assert setup.stream_dead_letters.bodies == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entry: entry["dynamodb"]["NewImage"].pop("job"),
        lambda entry: entry["dynamodb"]["NewImage"]["job"].update(S="{}"),
        lambda entry: entry["dynamodb"].pop("OldImage"),
        lambda entry: entry["dynamodb"].pop("NewImage"),
    ],
    ids=["no job", "not a job", "no version before", "no version after"],
)
def test_bad_record_is_set_aside_without_delay(
    setup: ConsumerSetup, spoil: Callable[[Entry], object]
) -> None:
    entry = setup.stream[2]
    spoil(entry)
    assert setup.stream_consumer.consume(setup.stream) is None
    assert (setup.versions(setup.first), setup.versions(setup.second)) == ([1, 3], [1, 2])
    assert [json.loads(body) for body in setup.stream_dead_letters.bodies] == [{"record": entry}]


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("a defect"),
        PutError(cause=ClientError({"Error": {"Code": "ValidationException"}}, "PutItem")),
    ],
    ids=["a defect", "an event too large"],
)
def test_permanent_errors_are_set_aside(setup: ConsumerSetup, error: Exception) -> None:
    setup.raises[setup.first.id, 2] = error
    assert setup.stream_consumer.consume(setup.stream) is None
    assert setup.versions(setup.first) == [1, 3]
    assert setup.stream_dead_letters.reasons == [type(error).__name__]


@pytest.mark.parametrize(
    "error", [throttled(), EndpointConnectionError(endpoint_url="https://dynamodb.test")]
)
def test_passing_error_retries_from_that_record(setup: ConsumerSetup, error: Exception) -> None:
    setup.raises[setup.first.id, 2] = error
    assert setup.stream_consumer.consume(setup.stream) == "3"
    assert (setup.versions(setup.first), setup.versions(setup.second)) == ([1], [1])
    setup.raises.clear()
    assert setup.stream_consumer.consume(setup.stream[2:]) is None
    assert (setup.versions(setup.first), setup.versions(setup.second)) == ([1, 2, 3], [1, 2])
    assert setup.stream_dead_letters.bodies == []


def test_record_that_cannot_be_set_aside_is_retried(setup: ConsumerSetup) -> None:
    setup.stream[2]["dynamodb"]["NewImage"].pop("job")
    setup.stream_dead_letters.down = True
    assert setup.stream_consumer.consume(setup.stream) == "3"


def test_event_refused_by_the_bus_is_retried(setup: ConsumerSetup) -> None:
    setup.bus.refuses = {f"{setup.first.id}-2-0"}
    assert setup.stream_consumer.consume(setup.stream) == "3"
    assert setup.versions(setup.second) == [1, 2]
    once = setup.log.everything()
    setup.bus.refuses = set()
    assert setup.stream_consumer.consume(setup.stream[2:]) is None
    assert setup.log.everything() == once
    assert f"{setup.first.id}-2-0" in setup.bus.ids


def test_changed_due_time_is_not_recorded(setup: ConsumerSetup) -> None:
    moved = {**setup.stream[0]["dynamodb"], "OldImage": {"job": {"S": "not a job"}}}
    moved["NewImage"] = {"job": {"S": "not a job"}}
    assert setup.stream_consumer.consume([{"eventName": "MODIFY", "dynamodb": moved}]) is None
    assert (setup.log.everything(), setup.stream_dead_letters.bodies) == ({}, [])


def test_removed_job_is_only_logged(setup: ConsumerSetup) -> None:
    removed = {key: value for key, value in setup.stream[0]["dynamodb"].items() if key != "NewImage"}
    assert setup.stream_consumer.consume([{"eventName": "REMOVE", "dynamodb": removed}]) is None
    assert (setup.log.everything(), setup.stream_dead_letters.bodies) == ({}, [])
