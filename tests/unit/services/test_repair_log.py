"""A repair records what can be recovered, marks the rest, and invents nothing."""

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
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.repair_queue import FakeStream

Entry = dict[str, Any]


class RepairSetup:
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
    """Returns the message that Lambda sends for records that it gave up."""
    where = {"shardId": "shard-1", "startSequenceNumber": str(first), "endSequenceNumber": str(last)}
    return json.dumps({"requestContext": {}, "DDBStreamBatchInfo": where})


def test_dead_letters_close_the_gap_exactly(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment, 2, 3)
    for entry in setup.entries(2, 3):
        deployment.stream_dead_letters.put(json.dumps({"record": entry}), "")
    assert setup.status() is LogStatus.BROKEN
    assert setup.run() == ()
    assert (setup.log, setup.status()) == (setup.whole, LogStatus.INTACT)
    assert deployment.stream_dead_letters.bodies == []


def test_pointed_records_are_read_from_the_stream(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment, 2, 3)
    setup.stream.shards["shard-1"] += setup.entries(2, 3)
    deployment.stream_dead_letters.put(pointer(100, 101), "")
    assert setup.run() == ()
    assert (setup.log, deployment.stream_dead_letters.bodies) == (setup.whole, [])


def test_unrecoverable_versions_are_marked_once(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment, 1, 2, 4)
    setup.stream.is_gone = lambda _: True
    deployment.stream_dead_letters.put(pointer(100, 101), "")
    assert setup.run() == setup.run() == (1, 2, 4)
    assert setup.marks() == [{"firstVersion": 1, "lastVersion": 2}, {"firstVersion": 4, "lastVersion": 4}]
    assert {
        place: text for place, text in setup.log.items() if not place.endswith(f".{GAP_INDEX}")
    }.items() <= (setup.whole.items())
    assert setup.status() is LogStatus.BROKEN
    assert (len(deployment.stream_dead_letters.bodies), deployment.stream_dead_letters.free) == (1, 1)


def test_later_record_closes_a_marked_gap(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment, 2)
    assert setup.run() == (2,)
    deployment.stream_dead_letters.put(json.dumps({"record": setup.entries(2)[0]}), "")
    assert setup.run() == ()
    assert setup.status() is LogStatus.INTACT


def test_grown_gap_is_marked_only_where_new(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment, 2)
    assert setup.run() == (2,)
    for place in [place for place in setup.log if place.startswith("00000003")]:
        del setup.log[place]
    assert setup.run() == setup.run() == (2, 3)
    assert setup.marks() == [{"firstVersion": 2, "lastVersion": 2}, {"firstVersion": 3, "lastVersion": 3}]


def test_rest_of_a_gap_is_marked(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment, 2, 3)
    assert setup.run() == (2, 3)
    deployment.stream_dead_letters.put(json.dumps({"record": setup.entries(2)[0]}), "")
    assert setup.run() == (3,)
    assert setup.marks() == [{"firstVersion": 2, "lastVersion": 3}, {"firstVersion": 3, "lastVersion": 3}]


@pytest.mark.parametrize("place", ["00000002.000", "00000002.007"])
def test_incomplete_version_counts_as_missing(deployment: SimulatedDeployment, place: str) -> None:
    setup = RepairSetup(deployment)
    assert max(event for event in setup.log if event.startswith("00000002")) == "00000002.007"
    del setup.log[place]
    assert setup.run() == (2,)
    assert setup.marks() == [{"firstVersion": 2, "lastVersion": 2}]
    deployment.stream_dead_letters.put(json.dumps({"record": setup.entries(2)[0]}), "")
    assert setup.run() == ()
    assert setup.whole.items() <= setup.log.items()
    assert setup.status() is LogStatus.INTACT


def test_first_version_is_taken_from_the_job(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment)
    setup.job = deployment.accept()
    deployment.record()
    whole = dict(setup.log)
    setup.log.clear()
    deployment.clock.forward(RECORDED_WITHIN.total_seconds())
    assert setup.run() == ()
    assert setup.log == whole


def test_newest_versions_are_not_marked(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment)
    setup.job = deployment.accept()
    assert setup.run() == ()
    assert setup.log == {}
    deployment.clock.forward(RECORDED_WITHIN.total_seconds() - timedelta(seconds=1).total_seconds())
    assert setup.run() == ()
    assert setup.marks() == []


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", '{"record": {}}', '{"record": null}'])
def test_unknown_dead_letter_is_kept(deployment: SimulatedDeployment, body: str) -> None:
    setup = RepairSetup(deployment, 2)
    deployment.stream_dead_letters.put(body, "")
    deployment.stream_dead_letters.put(json.dumps({"record": setup.entries(2)[0]}), "")
    assert setup.run() == ()
    assert (deployment.stream_dead_letters.bodies, deployment.stream_dead_letters.free) == ([body], 1)


def test_complete_log_is_unchanged(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment)
    assert setup.run() == ()
    assert setup.log == setup.whole


def test_repair_replays_all_dead_letters(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment, 2)
    other = setup.ran()
    deployment.stream_dead_letters.put(json.dumps({"record": setup.entries(2)[0]}), "")
    request = RepairRequest(workspace_id="demo", job_id=other.id, actor="token:ada")
    assert setup.repair.repair(request) == ()
    assert (setup.log, deployment.stream_dead_letters.bodies) == (setup.whole, [])


def test_unpublished_marker_is_retried(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment, 2)
    deployment.bus.refuses = {f"{setup.job.id}-2-{GAP_INDEX}"}
    with pytest.raises(QueueUnavailable):
        setup.run()
    deployment.bus.refuses = set()
    assert setup.run() == (2,)


def test_unknown_job_has_no_log(deployment: SimulatedDeployment) -> None:
    setup = RepairSetup(deployment)
    assert (
        setup.repair.repair(
            RepairRequest(workspace_id="demo", job_id="01KGA999999999999999999999", actor="token:ada")
        )
        == ()
    )
