"""The time limits `watch --timeout` and `--wait-timeout`."""

import httpx
import pytest

from tests.unit.cli.conftest import FakeApi, FakeClock, Mosaic
from tests.unit.cli.watching.responses import event, job, page

ID = "01J00000000000000000000000"
DOWN = httpx.ConnectError("refused")
COMMANDS = [
    f"jobs watch {ID} --timeout 10",
    f"jobs retry {ID} --wait-timeout 10",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_reconnecting_stops_at_limit(
    mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock, command: str
) -> None:
    running = job("RUNNING", 1)
    fake_api.respond(*([running] * (2 if "retry" in command else 1)), DOWN)

    result = mosaic(*command.split())
    assert (result.exit_code, fake_clock.slept) == (124, [1, 2, 4, 3])
    assert "the job is still RUNNING; to keep watching" in result.stderr


def test_job_request_retries_stop_at_limit(mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock) -> None:
    fake_api.respond(job("RUNNING", 1), page("1.0"), DOWN)

    assert mosaic("jobs", "watch", ID, "--timeout", "90").exit_code == 124
    assert sum(fake_clock.slept) == 90


@pytest.mark.parametrize(("status", "code"), [("COMPLETED", 0), ("FAILED", 1)])
def test_ended_job_is_no_timeout_if_api_is_down(
    mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock, status: str, code: int
) -> None:
    fake_api.respond(job(status, 2, event(1)), DOWN)

    assert mosaic("jobs", "watch", ID, "--timeout", "10").exit_code == code
    assert sum(fake_clock.slept) == 10


def test_ended_job_is_no_timeout_if_log_lags(
    mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = fake_api.handle

    def slow(request: httpx.Request) -> httpx.Response:
        fake_clock.now += 6
        return answer(request)

    monkeypatch.setattr(fake_api, "handle", slow)
    ended = job("COMPLETED", 2)
    fake_api.respond({**ended, "events": [event(1)]}, page("1.1", event(1)), ended)

    assert mosaic("jobs", "watch", ID, "--timeout", "10").exit_code == 0
    assert len(fake_api.requests) == 3
