"""A repair: whatever can still be had goes into the log, what cannot is marked, and nothing is made up."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from mosaic.events.model import GAP_INDEX
from mosaic.jobs.model import Job
from mosaic.services.repair_log import LogRepair
from mosaic.services.verify_log import RECORDED_WITHIN, LogStatus, LogVerifier
from mosaic.storage.job_items import attributes
from mosaic.storage.job_queue import QueueUnavailable
from mosaic.storage.repair_queue import RepairRequest
from tests.fakes.repair_queue import FakeStream
from tests.fakes.simulated_deployment import SimulatedDeployment

Entry = dict[str, Any]


class Workshop:
    """A job that has run to its end, whose log lacks some versions, and a repair."""

    def __init__(self, deployment: SimulatedDeployment, *missing: int) -> None:
        self.deployment, self.stream = deployment, FakeStream()
        self.job = self.ran()
        deployment.pass_time(RECORDED_WITHIN.total_seconds())
        self.whole = dict(self.log)
        for place in list(self.log):
            if int(place[:8]) in missing:
                del self.log[place]
        self.repair = LogRepair(
            deployment.jobs,
            deployment.events,
            deployment.bus,
            deployment.stream_consumer,
            deployment.stream_dead_letters,
            self.stream,
            deployment.clock,
        )

    @property
    def log(self) -> dict[str, str]:
        return self.deployment.events.raw("demo", self.job.id)

    def ran(self) -> Job:
        job = self.deployment.accept()
        self.deployment.run_until(self.deployment.is_idle)
        return self.deployment.reload(job)

    def entries(self, *versions: int) -> list[Entry]:
        found = [
            (old, new)
            for old, new in self.deployment.jobs.stream
            if new.id == self.job.id and new.version in versions and old != new
        ]
        return [_entry(number, old, new) for number, (old, new) in enumerate(found, 100)]

    def run(self) -> tuple[int, ...]:
        request = RepairRequest(workspace_id="demo", job_id=self.job.id, actor="token:ada", reason="a look")
        return self.repair.repair(request)

    def status(self) -> LogStatus:
        audit = LogVerifier(self.deployment.jobs, self.deployment.events, self.deployment.clock)
        return audit.verify("demo", self.job.id, None, 1000).status

    def marks(self) -> list[Any]:
        marks = [json.loads(text) for place, text in self.log.items() if place.endswith(f".{GAP_INDEX}")]
        assert all(
            (mark["actor"], mark["payload"].pop("reason")) == ("token:ada", "a look") for mark in marks
        )
        return [mark["payload"] for mark in marks]


def _entry(number: int, old: Job | None, new: Job) -> Entry:
    def image(job: Job) -> Entry:
        return {name: {"S": str(value)} for name, value in attributes(job).items() if value is not None}

    images = {"NewImage": image(new), **({"OldImage": image(old)} if old else {})}
    return {
        "eventName": "MODIFY" if old else "INSERT",
        "dynamodb": {"SequenceNumber": str(number), "Keys": {"job_id": {"S": new.id}}, **images},
    }


def pointer(first: int, last: int) -> str:
    """What Lambda sends for records that it gave up."""
    where = {"shardId": "shard-1", "startSequenceNumber": str(first), "endSequenceNumber": str(last)}
    return json.dumps({"requestContext": {}, "DDBStreamBatchInfo": where})


def test_records_that_were_set_aside_close_the_gap_byte_for_byte(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment, 2, 3)
    for entry in shop.entries(2, 3):
        deployment.stream_dead_letters.put(json.dumps({"record": entry}), "")
    assert shop.status() is LogStatus.BROKEN
    assert shop.run() == ()
    assert (shop.log, shop.status()) == (shop.whole, LogStatus.INTACT)
    assert deployment.stream_dead_letters.bodies == []


def test_records_that_lambda_points_to_are_read_from_the_stream(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment, 2, 3)
    shop.stream.shards["shard-1"] += shop.entries(2, 3)
    deployment.stream_dead_letters.put(pointer(100, 101), "")
    assert shop.run() == ()
    assert (shop.log, deployment.stream_dead_letters.bodies) == (shop.whole, [])


def test_what_nobody_has_any_more_is_marked_once_and_not_made_up(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment, 1, 2, 4)
    shop.stream.is_gone = lambda _: True
    deployment.stream_dead_letters.put(pointer(100, 101), "")
    assert shop.run() == shop.run() == (1, 2, 4)
    assert shop.marks() == [{"firstVersion": 1, "lastVersion": 2}, {"firstVersion": 4, "lastVersion": 4}]
    assert {
        place: text for place, text in shop.log.items() if not place.endswith(f".{GAP_INDEX}")
    }.items() <= (shop.whole.items())
    assert shop.status() is LogStatus.BROKEN
    assert (len(deployment.stream_dead_letters.bodies), deployment.stream_dead_letters.free) == (1, 1)


def test_what_is_found_after_it_was_marked_still_closes_the_gap(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment, 2)
    assert shop.run() == (2,)
    deployment.stream_dead_letters.put(json.dumps({"record": shop.entries(2)[0]}), "")
    assert shop.run() == ()
    assert shop.status() is LogStatus.INTACT


def test_a_gap_that_has_grown_is_marked_as_far_as_it_was_not(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment, 2)
    assert shop.run() == (2,)
    for place in [place for place in shop.log if place.startswith("00000003")]:
        del shop.log[place]
    assert shop.run() == shop.run() == (2, 3)
    assert shop.marks() == [{"firstVersion": 2, "lastVersion": 2}, {"firstVersion": 3, "lastVersion": 3}]


def test_what_is_left_of_a_gap_is_marked_as_what_it_is(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment, 2, 3)
    assert shop.run() == (2, 3)
    deployment.stream_dead_letters.put(json.dumps({"record": shop.entries(2)[0]}), "")
    assert shop.run() == (3,)
    assert shop.marks() == [{"firstVersion": 2, "lastVersion": 3}, {"firstVersion": 3, "lastVersion": 3}]


@pytest.mark.parametrize("place", ["00000002.000", "00000002.007"])
def test_a_version_of_which_an_event_is_missing_is_missing(
    deployment: SimulatedDeployment, place: str
) -> None:
    shop = Workshop(deployment)
    assert max(event for event in shop.log if event.startswith("00000002")) == "00000002.007"
    del shop.log[place]
    assert shop.run() == (2,)
    assert shop.marks() == [{"firstVersion": 2, "lastVersion": 2}]
    deployment.stream_dead_letters.put(json.dumps({"record": shop.entries(2)[0]}), "")
    assert shop.run() == ()
    assert shop.whole.items() <= shop.log.items()
    assert shop.status() is LogStatus.INTACT


def test_the_first_version_is_in_the_job_as_long_as_it_is_at_it(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment)
    shop.job = deployment.accept()
    deployment.record()
    whole = dict(shop.log)
    shop.log.clear()
    deployment.clock.forward(RECORDED_WITHIN.total_seconds())
    assert shop.run() == ()
    assert shop.log == whole


def test_what_may_still_be_on_its_way_is_left_alone(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment)
    shop.job = deployment.accept()
    assert shop.run() == ()
    assert shop.log == {}
    deployment.clock.forward(RECORDED_WITHIN.total_seconds() - timedelta(seconds=1).total_seconds())
    assert shop.run() == ()
    assert shop.marks() == []


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", '{"record": {}}', '{"record": null}'])
def test_what_is_no_record_stays_and_holds_up_nothing(deployment: SimulatedDeployment, body: str) -> None:
    shop = Workshop(deployment, 2)
    deployment.stream_dead_letters.put(body, "")
    deployment.stream_dead_letters.put(json.dumps({"record": shop.entries(2)[0]}), "")
    assert shop.run() == ()
    assert (deployment.stream_dead_letters.bodies, deployment.stream_dead_letters.free) == ([body], 1)


def test_a_whole_log_is_left_as_it_is(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment)
    assert shop.run() == ()
    assert shop.log == shop.whole


def test_a_repair_of_any_job_tries_all_that_was_set_aside(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment, 2)
    other = shop.ran()
    deployment.stream_dead_letters.put(json.dumps({"record": shop.entries(2)[0]}), "")
    request = RepairRequest(workspace_id="demo", job_id=other.id, actor="token:ada")
    assert shop.repair.repair(request) == ()
    assert (shop.log, deployment.stream_dead_letters.bodies) == (shop.whole, [])


def test_a_mark_that_the_bus_does_not_take_comes_again(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment, 2)
    deployment.bus.refuses = {f"{shop.job.id}-2-{GAP_INDEX}"}
    with pytest.raises(QueueUnavailable):
        shop.run()
    deployment.bus.refuses = set()
    assert shop.run() == (2,)


def test_a_job_that_is_not_there_has_no_log(deployment: SimulatedDeployment) -> None:
    shop = Workshop(deployment)
    assert (
        shop.repair.repair(
            RepairRequest(workspace_id="demo", job_id="01KGA999999999999999999999", actor="token:ada")
        )
        == ()
    )
