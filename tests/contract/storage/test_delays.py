"""Contract of a slow or throttled DynamoDB: indexes lag, throttled calls raise."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from pynamodb.exceptions import PynamoDBException

from mosaic.jobs import lifecycle
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.limits import DUE_SHARDS
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.storage.jobs import DueJob, Jobs, JobStore
from tests.fakes import samples
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.storage.jobs import FakeJobs
from tests.simulation.simulator.faults import unavailable_error

HOUR = timedelta(hours=1)
LAG = timedelta(seconds=2)
TRIES = 100


class Late:
    """A job store with lagging indexes, and a way to wait for them."""

    def __init__(self, jobs: Jobs, wait: Callable[[], None]) -> None:
        self.jobs, self._wait = jobs, wait

    def sooner_or_later(self, look: Callable[[], bool]) -> bool:
        """True if the condition becomes true."""
        for _ in range(TRIES):
            if look():
                return True
            self._wait()
        return False


@pytest.fixture(params=["fake", "real"])
def late(request: pytest.FixtureRequest) -> Late:
    if request.param == "real":
        return Late(request.getfixturevalue("stored_jobs"), lambda: None)
    clock = FakeClock()
    return Late(FakeJobs(clock, lambda: LAG), lambda: clock.forward(1))


def test_table_reads_are_never_stale(late: Late, workspace: str) -> None:
    job = samples.job(workspace_id=workspace)
    late.jobs.add(job)
    changed = lifecycle.change(job, NOON, "token:ada")
    late.jobs.save(changed)
    open_query = JobQuery(workspace, ("git-status",))
    for found in (late.jobs.get(workspace, job.id), *late.jobs.page(open_query, 10, None)):
        assert found
        assert (found.id, found.version) == (job.id, 2)


def test_index_results_catch_up_and_are_current(late: Late, workspace: str) -> None:
    job = samples.job(workspace_id=workspace, run_at=NOON + HOUR)
    late.jobs.add(job)
    assert late.sooner_or_later(lambda: late.jobs.waiting(workspace, Waiting.DELAY, 10) != ())
    late.jobs.save(lifecycle.cancel(job, NOON, "token:ada"))
    pending = JobQuery(workspace, ("git-status",), status=frozenset({JobStatus.PENDING}))
    assert late.jobs.page(pending, 10, None) == ()
    assert late.jobs.waiting(workspace, Waiting.DELAY, 10) == ()
    cancelled = JobQuery(workspace, ("git-status",), status=frozenset({JobStatus.CANCELLED}))
    assert late.sooner_or_later(lambda: late.jobs.page(cancelled, 10, None) != ())


def test_stale_due_time_is_not_postponed(late: Late, workspace: str) -> None:
    job = samples.job(workspace_id=workspace)
    late.jobs.add(job)

    def found() -> list[DueJob]:
        every = (one for shard in range(DUE_SHARDS) for one in late.jobs.due(shard, NOON + HOUR, 10_000))
        return [one for one in every if one.job_id == job.id]

    assert late.sooner_or_later(lambda: found() != [])
    (due,) = found()
    late.jobs.save(lifecycle.change(job, NOON, "token:ada", due_at=NOON + 2 * HOUR))
    assert late.jobs.postpone(due, NOON + 3 * HOUR) is None


class _Raw(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


def _refuse(request: Any, **_: object) -> Any:
    error_body = {"__type": "x#ProvisionedThroughputExceededException", "message": "not now"}
    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, 400, headers, _Raw(json.dumps(error_body).encode()))


JOB = samples.job()
CALLS: dict[str, Callable[[Jobs], object]] = {
    "get": lambda jobs: jobs.get("demo", JOB.id),
    "add": lambda jobs: jobs.add(JOB),
    "due": lambda jobs: jobs.due(0, NOON, 10),
    "waiting": lambda jobs: jobs.waiting("demo", Waiting.DELAY, 10),
    "postpone": lambda jobs: jobs.postpone(DueJob("demo", JOB.id, "2026"), NOON),
    "clear_due": lambda jobs: jobs.clear_due(JOB),
}


@pytest.mark.parametrize("call", CALLS)
def test_throttled_call_raises_as_in_simulation(
    call: str, stored_jobs: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = stored_jobs._items._get_connection().connection.client
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    client.meta.events.register_first("before-send.dynamodb", _refuse)
    try:
        with pytest.raises(PynamoDBException) as raised:
            CALLS[call](stored_jobs)
    finally:
        client.meta.events.unregister("before-send.dynamodb", _refuse)
    expected = unavailable_error(f"FakeJobs.{call}", may_have_taken_effect=False)
    assert type(raised.value) is type(expected)
    assert isinstance(expected, PynamoDBException)
    assert raised.value.cause_response_code == expected.cause_response_code
