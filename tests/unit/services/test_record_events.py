"""Recording a stream: every version once, in order, with the same bytes when it is repeated."""

from __future__ import annotations

import pytest

from mosaic.jobs import lifecycle
from mosaic.services.record_events import record
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.simulated_deployment import SimulatedDeployment
from tests.fakes.storage.event_log import FakeEventLog


def test_new_job_has_two_events() -> None:
    log, job = FakeEventLog(), samples.job()
    events = record(None, job, log)
    assert len(events) == 2
    once = log.everything()
    assert record(None, job, log) == events
    assert log.everything() == once


def test_write_without_new_version_has_no_events() -> None:
    log, job = FakeEventLog(), samples.job()
    assert record(job, job, log) == ()
    assert log.everything() == {}


def test_version_gaps_are_refused() -> None:
    log, job = FakeEventLog(), samples.job()
    third = lifecycle.change(lifecycle.change(job, NOON, "ada"), NOON, "ada")
    with pytest.raises(ValueError, match="does not follow"):
        record(job, third, log)
    with pytest.raises(ValueError, match="does not follow"):
        record(None, third, log)
    assert log.everything() == {}


def test_replayed_stream_records_the_same_events(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(instructions="SLEEP=100")
    deployment.run(30)
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run_until(deployment.is_idle)
    once = deployment.events.everything()
    for old, new in deployment.jobs.stream:
        record(old, new, deployment.events)
    assert deployment.events.everything() == once
    assert len(once["demo", job.id]) == sum(1 for _ in deployment.events.page("demo", job.id, None, 1000))


def test_events_hold_no_callback_url_or_token(deployment: SimulatedDeployment) -> None:
    deployment.accept()
    deployment.run_until(deployment.is_idle)
    assert "/stitcher/openclaw/" not in repr(deployment.events.everything())
