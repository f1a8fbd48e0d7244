"""AWS requests of each API operation, counted on the wire. A creation is one put and one message.

The operations are those of `make bench-api`, which also measures their time and capacity.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from api.wiring import services
from bench.api import sample_jobs
from bench.api.call_recorder import CallRecorder, botocore_hooks, count_operations
from bench.api.canned_responses import CannedResponses
from bench.api.deployment import SETTINGS, TABLES, Deployment
from bench.api.http_events import request
from bench.api.list_costs import Filter, disjoint_filters, filters, page
from bench.api.operations import operations
from bench.api.recorded_operation import CONTEXT, record_operation
from bench.api.workload import CHANGED_EVERY, KINDS, Workload
from mosaic import clock
from mosaic.base import rfc3339
from tests.fakes.clock import NOON

PERIOD = CHANGED_EVERY * len(KINDS)
COSTS: dict[str, dict[str, int]] = {
    "create": {"PutItem": 1, "SendMessage": 1},
    "create, Idempotency-Key": {"PutItem": 2, "SendMessage": 1},
    "get": {"GetItem": 1, "Query": 1},
    "list 25": {"Query": 1},
    "list 25, status and type": {"Query": 1, "BatchGetItem": 1},
    "approvals 25": {"Query": 1, "BatchGetItem": 1},
    "approve": {"GetItem": 2, "PutItem": 1, "SendMessage": 1},
    "cancel": {"GetItem": 1, "PutItem": 1},
    "retry": {"GetItem": 2, "PutItem": 1, "SendMessage": 1},
    "report a gate": {"GetItem": 1, "PutItem": 1},
    "steps": {"GetItem": 1},
    "events": {"GetItem": 1, "Query": 1},
}


@pytest.fixture(scope="module")
def recorder() -> CallRecorder:
    return CallRecorder()


@pytest.fixture(scope="module")
def deployment(new_table: Callable[[str], str], recorder: CallRecorder) -> Iterator[Deployment]:
    """The real handler on new tables, with an SQS that accepts everything."""
    tables = {variable: new_table(table) for variable, table in TABLES.items()}
    with pytest.MonkeyPatch.context() as patch, botocore_hooks(recorder.hooks, CannedResponses().hooks):
        for name, value in {**SETTINGS, **tables}.items():
            patch.setenv(name, value)
        services.cache_clear()
        yield Deployment(tables)
        services.cache_clear()


@pytest.fixture(scope="module")
def costs(deployment: Deployment, recorder: CallRecorder) -> dict[str, Counter[str]]:
    store_with_events = (
        record_operation(operation, deployment, recorder) for operation in operations(deployment)
    )
    return {recording.operation.name: count_operations(recording.calls) for recording in store_with_events}


@pytest.fixture(scope="module")
def workload(deployment: Deployment) -> Workload:
    return Workload(deployment)


def test_operation_makes_exactly_these_requests(costs: dict[str, Counter[str]]) -> None:
    assert costs == COSTS


def test_page_cost_is_independent_of_job_count(
    deployment: Deployment, recorder: CallRecorder, workload: Workload
) -> None:
    def cost(wanted: Filter) -> tuple[Counter[str], int]:
        calls, found = page(wanted, None, 2, workload, deployment, recorder)
        assert found == 2
        return count_operations(calls), sum(call.items for call in calls)

    # The kinds of jobs repeat after so many, so that the newest jobs are alike.
    workload.grow(PERIOD)
    small = {wanted.query: cost(wanted) for wanted in filters()}
    workload.grow(2 * PERIOD)
    assert {wanted.query: cost(wanted) for wanted in filters()} == small


def test_disjoint_filters_read_keys_only(
    deployment: Deployment, recorder: CallRecorder, workload: Workload
) -> None:
    workload.grow(2 * PERIOD)
    calls, found = page(disjoint_filters(), None, 2, workload, deployment, recorder)
    assert found == 0
    assert set(count_operations(calls)) == {"Query"}
    assert sum(call.items for call in calls) <= len(workload)


def test_counts_cost_is_independent_of_job_count(
    deployment: Deployment, recorder: CallRecorder, workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic.storage.job_counts.MAX_COUNTED", 30)

    def cost() -> tuple[Counter[str], int]:
        event = request("GET /runner-jobs/counts", "/runner-jobs/counts", caller=workload.caller)
        with recorder.recording() as calls:
            assert deployment.handler(event, CONTEXT)["statusCode"] == 200
        return count_operations(calls), sum(call.items for call in calls)

    workload.grow(2 * PERIOD)
    small = cost()
    workload.grow(3 * PERIOD)
    assert cost() == small


def test_wait_queue_cost_is_independent_of_its_length(deployment: Deployment, recorder: CallRecorder) -> None:
    def cost() -> tuple[Counter[str], int]:
        with recorder.recording() as calls:
            response = deployment.handler(request("GET /approvals", "/approvals?limit=2"), CONTEXT)
        assert len(json.loads(response["body"])["items"]) == 2
        return count_operations(calls), sum(call.items for call in calls)

    def wait(many: int) -> None:
        for seconds in range(many):
            deployment.store(sample_jobs.waiting_for_approval(NOON + timedelta(seconds=seconds)))

    wait(3)
    short = cost()
    wait(60)
    assert cost() == short


def test_standing_approval_writes_workspace_and_job(deployment: Deployment, recorder: CallRecorder) -> None:
    job = deployment.store(sample_jobs.waiting_for_approval(clock.now()))
    until = rfc3339(clock.now() + timedelta(days=7))
    approval = {"reason": "reviewed", "scope": "repository", "until": until}
    route, path = "POST /runner-jobs/{jobId}/approve", f"/runner-jobs/{job.id}/approve"
    with recorder.recording() as calls:
        assert deployment.handler(request(route, path, approval), CONTEXT)["statusCode"] == 202
    assert count_operations(calls) == {"GetItem": 3, "TransactWriteItems": 1, "PutItem": 1, "SendMessage": 1}
