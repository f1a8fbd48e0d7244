"""Refused requests are counted by reason, and logged without secrets and without a flood."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mosaic.edge import refusals
from mosaic.edge.http import problem_to_event
from mosaic.edge.problem import Problem
from mosaic.edge.refusals import MAX_LINES, Refusals
from mosaic.metrics import Measurement, Metric
from tests.fakes.clock import FakeClock

METRICS = {401: Metric.REQUESTS_UNAUTHENTICATED, 403: Metric.REQUESTS_FORBIDDEN}
SECRET = "local-admin-token"
EVENT = {
    "routeKey": "PUT /workspaces/current",
    "headers": {"authorization": f"Bearer {SECRET}"},
    "body": SECRET,
    "requestContext": {"authorizer": {"lambda": {"workspaceId": "demo", "tokenId": "01T", "role": "viewer"}}},
}


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The fields of each logged line."""
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(refusals.logger, "warning", lambda _, **fields: logged.append(fields))
    return logged


@pytest.fixture
def measured() -> list[Measurement]:
    return []


@pytest.fixture
def record(measured: list[Measurement], clock: FakeClock) -> Callable[[Problem], None]:
    recorder = Refusals(METRICS, measured.append, clock)
    return lambda problem: recorder.record(EVENT, problem_to_event(problem))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.parametrize(
    ("problem", "metric", "reason"),
    [
        (Problem(401, "unauthorized", "send a token"), Metric.REQUESTS_UNAUTHENTICATED, "unauthorized"),
        (Problem(403, "forbidden", "the role lacks it"), Metric.REQUESTS_FORBIDDEN, "forbidden"),
        (
            Problem(401, "bad_signature", "stale timestamp"),
            Metric.REQUESTS_UNAUTHENTICATED,
            "stale_timestamp",
        ),
    ],
)
def test_refusal_is_counted_in_all_and_by_reason(
    problem: Problem,
    metric: Metric,
    reason: str,
    record: Callable[[Problem], None],
    measured: list[Measurement],
    lines: list[dict[str, Any]],
) -> None:
    record(problem)
    assert measured == [Measurement(metric), Measurement(metric, reason=reason)]
    [line] = lines
    assert (line["reason"], line["route"], line["workspace_id"]) == (reason, EVENT["routeKey"], "demo")
    assert SECRET not in json.dumps(line)


@pytest.mark.parametrize("status", [404, 409, 422, 429])
def test_other_problem_is_no_refusal(
    status: int,
    record: Callable[[Problem], None],
    measured: list[Measurement],
    lines: list[dict[str, Any]],
) -> None:
    record(Problem(status, "other", "other"))
    assert (measured, lines) == ([], [])


def test_flood_is_counted_but_not_logged(
    record: Callable[[Problem], None],
    measured: list[Measurement],
    lines: list[dict[str, Any]],
    clock: FakeClock,
) -> None:
    for _ in range(MAX_LINES + 80):
        record(Problem(401, "unauthorized", "send a token"))
    assert (len(lines), len(measured)) == (MAX_LINES, 2 * (MAX_LINES + 80))
    clock.forward(timedelta(minutes=1).total_seconds())
    record(Problem(401, "unauthorized", "send a token"))
    assert lines[-1]["omitted"] == 80
