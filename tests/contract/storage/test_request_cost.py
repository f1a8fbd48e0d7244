"""What each operation of the API asks of AWS, counted at the wire: a creation is one put and one message.

The operations are those of `make bench-api`, which tells their time and capacity too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from api.wiring import services
from bench.api import sample_jobs
from bench.api.call_recorder import Tape, counted, installed
from bench.api.canned_responses import Canned
from bench.api.deployment import SETTINGS, TABLES, Deployment
from bench.api.http_events import request
from bench.api.list_costs import Filter, filters, page, worst
from bench.api.operations import operations
from bench.api.recorded_operation import CONTEXT, record
from bench.api.workload import CHANGED_EVERY, KINDS, Crowd
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
    "retry": {"GetItem": 1, "PutItem": 1, "SendMessage": 1},
    "report a gate": {"GetItem": 1, "PutItem": 1},
    "steps": {"GetItem": 1},
    "events": {"GetItem": 1, "Query": 1},
}


@pytest.fixture(scope="module")
def tape() -> Tape:
    return Tape()


@pytest.fixture(scope="module")
def deployment(new_table: Callable[[str], str], tape: Tape) -> Iterator[Deployment]:
    """The real handler over tables of its own; SQS takes whatever it is sent."""
    tables = {variable: new_table(table) for variable, table in TABLES.items()}
    with pytest.MonkeyPatch.context() as patch, installed(tape.hooks, Canned().hooks):
        for name, value in {**SETTINGS, **tables}.items():
            patch.setenv(name, value)
        services.cache_clear()
        yield Deployment(tables)
        services.cache_clear()


@pytest.fixture(scope="module")
def costs(deployment: Deployment, tape: Tape) -> dict[str, Counter[str]]:
    recorded = (record(operation, deployment, tape) for operation in operations(deployment))
    return {recording.operation.name: counted(recording.calls) for recording in recorded}


@pytest.fixture(scope="module")
def crowd(deployment: Deployment) -> Crowd:
    return Crowd(deployment)


def test_every_operation_makes_these_requests_and_no_others(costs: dict[str, Counter[str]]) -> None:
    assert costs == COSTS


def test_a_page_costs_the_same_however_many_jobs_there_are(
    deployment: Deployment, tape: Tape, crowd: Crowd
) -> None:
    def cost(wanted: Filter) -> tuple[Counter[str], int]:
        calls, found = page(wanted, None, 2, crowd, deployment, tape)
        assert found == 2
        return counted(calls), sum(call.items for call in calls)

    # The kinds of jobs come round after so many, so that the newest are alike.
    crowd.grow(PERIOD)
    small = {wanted.query: cost(wanted) for wanted in filters()}
    crowd.grow(2 * PERIOD)
    assert {wanted.query: cost(wanted) for wanted in filters()} == small


def test_filters_with_nothing_in_common_cost_keys_alone(
    deployment: Deployment, tape: Tape, crowd: Crowd
) -> None:
    crowd.grow(2 * PERIOD)
    calls, found = page(worst(), None, 2, crowd, deployment, tape)
    assert found == 0
    assert set(counted(calls)) == {"Query"}
    assert sum(call.items for call in calls) <= len(crowd)


def test_counts_cost_the_same_however_many_jobs_there_are(
    deployment: Deployment, tape: Tape, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic.storage.job_counts.MAX_COUNTED", 30)

    def cost() -> tuple[Counter[str], int]:
        event = request("GET /runner-jobs/counts", "/runner-jobs/counts", caller=crowd.caller)
        with tape.recording() as calls:
            assert deployment.handler(event, CONTEXT)["statusCode"] == 200
        return counted(calls), sum(call.items for call in calls)

    crowd.grow(2 * PERIOD)
    small = cost()
    crowd.grow(3 * PERIOD)
    assert cost() == small


def test_a_page_of_what_waits_costs_the_same_however_long_the_line_is(
    deployment: Deployment, tape: Tape
) -> None:
    def cost() -> tuple[Counter[str], int]:
        with tape.recording() as calls:
            response = deployment.handler(request("GET /approvals", "/approvals?limit=2"), CONTEXT)
        assert len(json.loads(response["body"])["items"]) == 2
        return counted(calls), sum(call.items for call in calls)

    def wait(many: int) -> None:
        for seconds in range(many):
            deployment.store(sample_jobs.asking(NOON + timedelta(seconds=seconds)))

    wait(3)
    short = cost()
    wait(60)
    assert cost() == short


def test_an_approval_for_later_jobs_writes_the_workspace_beside_the_job(
    deployment: Deployment, tape: Tape
) -> None:
    job = deployment.store(sample_jobs.asking(clock.now()))
    until = rfc3339(clock.now() + timedelta(days=7))
    said = {"reason": "reviewed", "scope": "repository", "until": until}
    route, path = "POST /runner-jobs/{jobId}/approve", f"/runner-jobs/{job.id}/approve"
    with tape.recording() as calls:
        assert deployment.handler(request(route, path, said), CONTEXT)["statusCode"] == 202
    assert counted(calls) == {"GetItem": 3, "TransactWriteItems": 1, "PutItem": 1, "SendMessage": 1}
