"""The record of a stream: every version once, in order, the same bytes however often it is told."""

from __future__ import annotations

import pytest

from mosaic.jobs import lifecycle
from mosaic.services.record_events import record
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.event_log import FakeEventLog
from tests.fakes.simulated_deployment import SimulatedDeployment


def test_a_new_job_is_told_by_two_events_whoever_asks_twice() -> None:
    log, job = FakeEventLog(), samples.job()
    told = record(None, job, log)
    assert len(told) == 2
    once = log.everything()
    assert record(None, job, log) == told
    assert log.everything() == once


def test_a_write_that_is_no_new_version_tells_nothing() -> None:
    log, job = FakeEventLog(), samples.job()
    assert record(job, job, log) == ()
    assert log.everything() == {}


def test_versions_that_do_not_follow_one_another_are_refused() -> None:
    log, job = FakeEventLog(), samples.job()
    third = lifecycle.change(lifecycle.change(job, NOON, "ada"), NOON, "ada")
    with pytest.raises(ValueError, match="does not follow"):
        record(job, third, log)
    with pytest.raises(ValueError, match="does not follow"):
        record(None, third, log)
    assert log.everything() == {}


def test_the_stream_of_a_whole_life_can_be_told_again_from_the_start(deployment: SimulatedDeployment) -> None:
    job = deployment.accept(instructions="SLEEP=100")
    deployment.run(30)
    deployment.control.cancel("demo", job.id, "token:eve")
    deployment.run_until(deployment.is_idle)
    once = deployment.events.everything()
    for old, new in deployment.jobs.stream:
        record(old, new, deployment.events)
    assert deployment.events.everything() == once
    assert len(once["demo", job.id]) == sum(1 for _ in deployment.events.page("demo", job.id, None, 1000))


def test_no_event_holds_the_callback_url_or_its_token(deployment: SimulatedDeployment) -> None:
    deployment.accept()
    deployment.run_until(deployment.is_idle)
    assert "/stitcher/openclaw/" not in repr(deployment.events.everything())
