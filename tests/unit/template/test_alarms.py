"""Every alarm goes to the one topic, and watches a metric that exists."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mosaic.metrics import NAMESPACE, Metric

Json = dict[str, Any]


@pytest.fixture
def alarms(resources: Callable[[str], dict[str, Json]]) -> dict[str, Json]:
    return resources("AWS::CloudWatch::Alarm")


@pytest.fixture
def measured(alarms: dict[str, Json]) -> list[tuple[str, str, Any]]:
    """Namespace, metric and dimensions of every metric that an alarm looks at."""
    return [
        (metric["Namespace"], metric["MetricName"], metric["Dimensions"])
        for alarm in alarms.values()
        for metric in _metrics(alarm)
    ]


def test_every_alarm_uses_the_topic(
    alarms: dict[str, Json], resources: Callable[[str], dict[str, Json]]
) -> None:
    (topic,) = resources("AWS::SNS::Topic")

    assert {str(alarm["AlarmActions"]) for alarm in alarms.values()} == {str([{"Ref": topic}])}


def test_alarms_may_publish_to_their_topic(resources: Callable[[str], dict[str, Json]]) -> None:
    """CloudWatch cannot use the account's own key for SNS: every alarm would be lost without a word."""
    (topic,) = resources("AWS::SNS::Topic").values()
    ((key, policy),) = resources("AWS::KMS::Key").items()
    users = [one for one in policy["KeyPolicy"]["Statement"] if "Service" in one["Principal"]]

    assert topic["KmsMasterKeyId"] == {"Ref": key}
    assert any(
        one["Principal"]["Service"] == "cloudwatch.amazonaws.com"
        and set(one["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
        for one in users
    )


def test_every_alarm_metric_is_measured(measured: list[tuple[str, str, Any]]) -> None:
    own = {name for namespace, name, _ in measured if namespace == NAMESPACE}

    assert own <= set(Metric)
    assert own == {
        Metric.CIRCUIT_OPEN,
        Metric.JOBS_OVERDUE,
        Metric.SIGNATURES_REFUSED,
        Metric.REQUESTS_UNAUTHENTICATED,
        Metric.REQUESTS_FORBIDDEN,
        Metric.GATES_FORCED,
        Metric.ADMIN_TOKENS_ISSUED,
    }


def test_every_table_has_a_throttle_alarm(
    measured: list[tuple[str, str, Any]],
    resources: Callable[[str], dict[str, Json]],
    names: Callable[[Any], set[str]],
) -> None:
    for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
        watched = [
            names(dimensions)
            for namespace, name, dimensions in measured
            if (namespace, name) == ("AWS/DynamoDB", metric)
        ]
        assert set().union(*watched) == set(resources("AWS::DynamoDB::Table")), metric


def test_every_function_has_error_and_throttle_alarms(
    measured: list[tuple[str, str, Any]], functions: dict[str, Json], names: Callable[[Any], set[str]]
) -> None:
    for metric in ("Errors", "Throttles"):
        watched = [
            names(dimensions)
            for namespace, name, dimensions in measured
            if (namespace, name) == ("AWS/Lambda", metric)
        ]
        assert set().union(*watched) == set(functions), metric


def test_every_queue_has_an_age_or_dead_letter_alarm(
    measured: list[tuple[str, str, Any]],
    resources: Callable[[str], dict[str, Json]],
    names: Callable[[Any], set[str]],
) -> None:
    watched = {
        queue: name
        for namespace, name, dimensions in measured
        if namespace == "AWS/SQS"
        for queue in names(dimensions)
    }
    for queue in resources("AWS::SQS::Queue"):
        wanted = (
            "ApproximateNumberOfMessagesVisible" if "DeadLetter" in queue else "ApproximateAgeOfOldestMessage"
        )
        assert watched.get(queue) == wanted, queue


def test_every_alarm_is_in_the_runbook(alarms: dict[str, Json], root: Path) -> None:
    runbook = (root / "docs/reference/operations.md").read_text()

    assert [name for name in alarms if f"`{name}`" not in runbook] == []


def test_dashboard_shows_all_metrics(
    resources: Callable[[str], dict[str, Json]], names: Callable[[Any], set[str]], template: Json
) -> None:
    (dashboard,) = resources("AWS::CloudWatch::Dashboard").values()
    body = dashboard["DashboardBody"]
    shown = {
        metric
        for widget in json.loads(body["Fn::Sub"])["widgets"]
        for line in widget["properties"]["metrics"]
        for metric in _shown(line)
    }

    assert shown == set(Metric)
    assert names(body) <= {*template["Resources"], "AWS::Region"}


def _shown(line: list[Any]) -> Iterator[str]:
    if line[0] == NAMESPACE:
        yield line[1]
    elif isinstance(line[0], dict):
        yield from re.findall(rf'{{{NAMESPACE},service,currency}} MetricName="(\w+)"', line[0]["expression"])


def _metrics(alarm: Json) -> Iterator[Json]:
    if "MetricName" in alarm:
        yield alarm
    for one in alarm.get("Metrics", []):
        if "MetricStat" in one:
            yield one["MetricStat"]["Metric"]
