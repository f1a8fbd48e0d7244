"""The duration of long polls for events."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

import pytest

from mosaic.events.model import Event
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus
from mosaic.services.limit_waits import MAX_PER_CALLER
from mosaic.storage.event_log import position
from tests.fakes.api import ApiResponse, FakeApi

WAIT = 20


def ended(api: FakeApi) -> Job:
    job = api.deployment.accept()
    api.deployment.run(60)
    job = api.deployment.reload(job)
    assert job.status is JobStatus.COMPLETED
    return job


def log(api: FakeApi, job: Job) -> tuple[Event, ...]:
    return api.deployment.injected.events.page("demo", job.id, None, 1000)


def waited(api: FakeApi, job: Job, after: str) -> float:
    """The duration in seconds of a poll without new events."""
    began = api.deployment.clock()
    page = api.send("GET", f"/runner-jobs/{job.id}/events", query=f"after={after}&wait={WAIT}")
    assert page.json == {"items": [], "cursor": after}
    return (api.deployment.clock() - began) / timedelta(seconds=1)


def test_ended_job_returns_at_once(api: FakeApi) -> None:
    job = ended(api)
    assert waited(api, job, position(log(api, job)[-1])) == 0


def test_job_cancelled_early_returns_at_once(api: FakeApi) -> None:
    job = api.deployment.control.cancel("demo", api.deployment.accept().id, "token:ada")
    api.deployment.record()
    assert job.version == 2
    assert waited(api, job, position(log(api, job)[-1])) == 0


def test_active_job_waits(api: FakeApi) -> None:
    job = api.deployment.accept()
    api.deployment.record()
    assert waited(api, job, position(log(api, job)[-1])) == WAIT


@pytest.mark.parametrize("lacking", [1, 2])
def test_incomplete_log_waits(api: FakeApi, lacking: int) -> None:
    job = ended(api)
    raw = api.deployment.injected.events.raw("demo", job.id)
    for key in sorted(raw)[-lacking:]:
        del raw[key]
    assert waited(api, job, max(raw)) == WAIT


def test_job_without_hashes_waits(api: FakeApi) -> None:
    job = ended(api)
    api.deployment.jobs.forget_chain(job)
    assert waited(api, job, position(log(api, job)[-1])) == WAIT


def test_caller_waits_four_times_at_once(
    api: FakeApi, matches_contract: Callable[[ApiResponse], None]
) -> None:
    job = api.deployment.accept()
    api.deployment.record()
    path, after = f"/runner-jobs/{job.id}/events", position(log(api, job)[-1])
    with ExitStack() as waits:
        for _ in range(MAX_PER_CALLER):
            waits.enter_context(api.services.waits.waiting("demo", "token:ada", WAIT))
        refused = api.send("GET", path, query=f"after={after}&wait={WAIT}")
        matches_contract(refused)
        assert (refused.status, refused.json["code"]) == (429, "too_many_waits")
        assert refused.headers["retry-after"] == "5"
        # A request that does not have to wait is answered.
        assert api.send("GET", path, query=f"after={after}").status == 200
        assert api.send("GET", path, query=f"wait={WAIT}").status == 200
    assert api.send("GET", path, query=f"after={after}&wait={WAIT}").status == 200
