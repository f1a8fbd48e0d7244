"""The level and the time format of log lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger

from mosaic.edge.emf import EmfMeter
from mosaic.edge.log import function_logger
from mosaic.metrics import Measurement, Metric

Json = dict[str, Any]
Lines = Callable[[], list[Json]]
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LEVELS = ("debug", "info", "warning", "error", "critical")


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """The lines written to standard output."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def logger(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Logger]:
    """Returns a logger as in a new environment: Powertools caches one for each service."""

    def make() -> Logger:
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", uuid4().hex)
        return function_logger()

    return make


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("DEBUG", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
        ("INFO", ["INFO", "WARNING", "ERROR", "CRITICAL"]),
        ("WARN", ["WARNING", "ERROR", "CRITICAL"]),
        ("ERROR", ["ERROR", "CRITICAL"]),
        ("FATAL", ["CRITICAL"]),
    ],
)
@pytest.mark.parametrize("overruled", [None, "DEBUG", "CRITICAL"])
@pytest.mark.filterwarnings("ignore:Current log level:UserWarning")
def test_lambda_level_is_the_lowest_written(
    level: str,
    written: list[str],
    overruled: str | None,
    logger: Callable[[], Logger],
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", level)
    if overruled:
        monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", overruled)
    created = logger()
    for method in LEVELS:
        getattr(created, method)("message")

    assert [line["level"] for line in lines()] == written


def test_log_entry_has_level_and_rfc3339_time(logger: Callable[[], Logger], lines: Lines) -> None:
    logger().error("message")

    (line,) = lines()
    assert line["level"] == "ERROR"
    assert RFC3339.fullmatch(line["timestamp"])


def test_child_logger_uses_the_same_format(
    logger: Callable[[], Logger], lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", "WARN")
    logger()
    child = Logger(child=True)
    child.info("not written")
    child.error("message")

    (line,) = lines()
    assert line["level"] == "ERROR"
    assert RFC3339.fullmatch(line["timestamp"])


@pytest.mark.parametrize("currency", [None, "USD"])
def test_metrics_are_never_below_the_level(
    currency: str | None, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "recorder")
    meter = EmfMeter()
    meter(Measurement(Metric.JOBS_CREATED, 2, currency))
    meter.flush()

    (line,) = lines()
    assert line["JobsCreated"] == [2.0]
    assert line["level"] == "FATAL"
    assert RFC3339.fullmatch(line["timestamp"])
