"""The stand-in's scheduler over time: retries, restarts, cancellation."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.gateway import rpc
from local.gateway.cron import Automations
from mosaic.openclaw.errors import GatewayUnavailable
from mosaic.openclaw.model import RunRequest
from tests.fakes.gateway import FakeGateway

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = "mosaic:01JD:1"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Setting:
    """A fake gateway, its clock, and the status of every callback it sent."""

    def __init__(self, writes_per_minute: int | None = None) -> None:
        self.clock = Clock()
        self.callbacks: list[str] = []
        self.gateway = FakeGateway(
            self.clock, deliver=self._deliver, think_seconds=1, writes_per_minute=writes_per_minute
        )

    def _deliver(self, _url: str, body: Mapping[str, Any]) -> int:
        self.callbacks.append(body["status"])
        return 200

    def pass_time(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)
        self.gateway.advance()

    def add(self, message: str = "hello", timeout: int = 60, after: float = 1) -> str:
        request = RunRequest(
            key=KEY,
            name="job",
            agent="weaver",
            message=message,
            tools=("read",),
            at=self.clock.now + timedelta(seconds=after),
            timeout_seconds=timeout,
            callback_url="http://callback.test/",
        )
        return self.gateway.add(request).scheduled_run_id

    def runs_at(self) -> list[float]:
        return [call.at_ms / 1000 - START.timestamp() for call in self.gateway.model_calls]


@pytest.fixture
def setting() -> Setting:
    return Setting()


@pytest.mark.parametrize(
    ("message", "timeout", "callbacks"),
    [("FAIL500", 60, ["error"]), ("SLEEP=100 too long", 10, []), ("hello", 60, ["ok"])],
)
def test_run_takes_place_once(setting: Setting, message: str, timeout: int, callbacks: list[str]) -> None:
    setting.add(message, timeout)
    for _ in range(900):
        setting.pass_time(1)
    assert (setting.runs_at(), setting.callbacks) == ([1], callbacks)
    known = setting.gateway.find(KEY)
    assert known is not None
    assert known.next_run_at is None


@pytest.mark.parametrize(
    ("message", "timeout", "runs"),
    [
        ("FAIL500", 60, [0, 31, 92, 393]),
        ("SLEEP=100 too long", 10, [0, 40, 110, 420]),
        ("hello", 60, [0]),
    ],
)
def test_at_schedule_is_retried_three_times(message: str, timeout: int, runs: list[float]) -> None:
    cron, start_ms = Automations(think_ms=1000), round(START.timestamp() * 1000)
    payload = {"kind": "agentTurn", "message": message, "timeoutSeconds": timeout}
    plain = {"name": "job", "agentId": "weaver", "sessionTarget": "isolated", "wakeMode": "now"}
    schedule = {"kind": "at", "at": START.isoformat()}
    rpc.call(cron, "cron.add", {**plain, "schedule": schedule, "payload": payload}, start_ms)
    cron.advance(start_ms + 900_000)
    assert [(call.at_ms - start_ms) / 1000 for call in cron.model_calls] == runs


@pytest.mark.parametrize(("seconds", "runs"), [(10, [1]), (0.5, [121])], ids=["during", "before"])
def test_restart_ends_turns_and_delays_missed_runs(
    setting: Setting, seconds: float, runs: list[float]
) -> None:
    scheduled_run_id = setting.add("SLEEP=30")
    setting.pass_time(seconds)
    setting.clock.now += timedelta(seconds=0.5)
    setting.gateway.restart(timedelta(seconds=0.5))
    outcome = setting.gateway.outcome(scheduled_run_id)
    interrupted = "cron: job interrupted by gateway restart"
    assert (outcome and outcome.error) == (interrupted if seconds > 1 else None)
    setting.pass_time(3600)
    assert setting.runs_at() == runs
    assert setting.callbacks == ([] if seconds > 1 else ["ok"])


def test_restart_keeps_future_runs(setting: Setting) -> None:
    scheduled_run_id = setting.add(after=60)
    setting.gateway.restart()
    assert setting.add(after=60) == scheduled_run_id
    setting.pass_time(200)
    assert setting.runs_at() == [60]


def test_cancelled_turn_ends_without_callback(setting: Setting) -> None:
    scheduled_run_id = setting.add("SLEEP=30")
    setting.pass_time(5)
    setting.gateway.cancel(scheduled_run_id)
    setting.pass_time(3600)
    outcome = setting.gateway.outcome(scheduled_run_id)
    assert outcome is not None
    assert (outcome.status, outcome.error) == ("error", "Cancelled by operator.")
    assert (setting.runs_at(), setting.callbacks) == ([1], [])


def test_lost_response_has_taken_effect(setting: Setting) -> None:
    setting.gateway.losing_answers = True
    with pytest.raises(GatewayUnavailable) as caught:
        setting.add()
    assert caught.value.may_have_been_accepted
    setting.gateway.losing_answers = False
    assert setting.gateway.find(KEY) is not None


def test_writes_over_the_limit_are_refused() -> None:
    setting = Setting(writes_per_minute=30)
    for _ in range(30):
        setting.add()
    setting.pass_time(20)
    with pytest.raises(GatewayUnavailable) as caught:
        setting.add()
    assert not caught.value.may_have_been_accepted
    assert caught.value.retry_after_seconds == 40
    assert setting.gateway.find(KEY) is not None
    setting.pass_time(40)
    setting.add()


def test_unreachable_gateway_keeps_running(setting: Setting) -> None:
    scheduled_run_id = setting.add()
    setting.gateway.down = True
    with pytest.raises(GatewayUnavailable) as caught:
        setting.gateway.find(KEY)
    assert not caught.value.may_have_been_accepted
    setting.pass_time(5)
    setting.gateway.down = False
    outcome = setting.gateway.outcome(scheduled_run_id)
    assert outcome is not None
    assert outcome.status == "ok"
