"""Schedules fire at their rate."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from local.errors import LocalError
from local.triggers.schedule import Schedule, period_seconds
from tests.unit.local.fake_functions import FakeFunctions


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7200), ("rate(1 day)", 86400)],
)
def test_rate_gives_period_in_seconds(expression: str, seconds: int) -> None:
    assert period_seconds(expression) == seconds


@pytest.mark.parametrize(
    "expression", ["cron(0 12 * * ? *)", "rate(0 minutes)", "rate(soon)", "at(2030-01-01)"]
)
def test_unsupported_schedule_is_refused(expression: str) -> None:
    with pytest.raises(LocalError, match="schedule"):
        period_seconds(expression)


class FakeEvent(Event):
    """An event that is set only by the test, and records the timeouts of its waits."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        return self.is_set()


def schedule(functions: Any, stopping: Event, targets: Sequence[Mapping[str, Any]]) -> Schedule:
    rule = {"ScheduleExpression": "rate(1 minute)", "Targets": targets}
    return Schedule("Rule", "mosaic-rule", rule, functions, stopping)


def test_schedule_fires_every_target_each_period() -> None:
    functions, stopping = FakeFunctions(failing="first"), FakeEvent()
    targets = [{"Id": "1", "Arn": "first"}, {"Id": "2", "Arn": "second", "Input": '{"a": 1}'}]
    schedule(functions, stopping, targets).step()

    assert stopping.seconds == [60]
    assert [name for name, _ in functions.events] == ["first", "second"]
    assert functions.events[1][1] == {"a": 1}


def test_scheduled_event_has_eventbridge_format() -> None:
    functions = FakeFunctions()
    schedule(functions, FakeEvent(), [{"Id": "1", "Arn": "f"}]).fire(
        datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
    )
    [(_, event)] = functions.events

    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-11-22T12:30:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/mosaic-rule"],
        "detail": {},
    }


def test_stopped_schedule_does_not_fire() -> None:
    functions, stopping = FakeFunctions(), FakeEvent()
    stopping.set()
    schedule(functions, stopping, [{"Id": "1", "Arn": "f"}]).step()

    assert functions.events == []
