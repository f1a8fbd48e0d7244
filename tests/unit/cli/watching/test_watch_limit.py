"""Limits of waiting: `watch --timeout` and `--wait-timeout`."""

import httpx
import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic, Time
from tests.unit.cli.watching.test_watch import event, job, page

ID = "01J00000000000000000000000"
DOWN = httpx.ConnectError("refused")
COMMANDS = [
    f"jobs watch {ID} --timeout 10",
    f"jobs retry {ID} --wait-timeout 10",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_reconnecting_stops_at_limit(
    mosaic: Mosaic, fake_api: FakeApi, passing: Time, command: str
) -> None:
    running = job("RUNNING", 1)
    fake_api.will(*([running] * (2 if "retry" in command else 1)), DOWN)

    done = mosaic(*command.split())
    assert (done.exit_code, passing.slept) == (124, [1, 2, 4, 3])
    assert "the job is still RUNNING; to keep watching" in done.stderr


def test_job_request_retries_stop_at_limit(
    mosaic: Mosaic, fake_api: FakeApi, passing: Time
) -> None:
    fake_api.will(job("RUNNING", 1), page("1.0"), DOWN)

    assert mosaic("jobs", "watch", ID, "--timeout", "90").exit_code == 124
    assert sum(passing.slept) == 90


@pytest.mark.parametrize(("status", "code"), [("COMPLETED", 0), ("FAILED", 1)])
def test_ended_job_is_no_timeout_if_api_is_down(
    mosaic: Mosaic, fake_api: FakeApi, passing: Time, status: str, code: int
) -> None:
    fake_api.will(job(status, 2, event(1)), DOWN)

    assert mosaic("jobs", "watch", ID, "--timeout", "10").exit_code == code
    assert sum(passing.slept) == 10


def test_ended_job_is_no_timeout_if_log_lags(
    mosaic: Mosaic, fake_api: FakeApi, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = fake_api.handle

    def slow(request: httpx.Request) -> httpx.Response:
        passing.now += 6
        return answer(request)

    monkeypatch.setattr(fake_api, "handle", slow)
    ended = job("COMPLETED", 2)
    fake_api.will({**ended, "events": [event(1)]}, page("1.1", event(1)), ended)

    assert mosaic("jobs", "watch", ID, "--timeout", "10").exit_code == 0
    assert len(fake_api.requests) == 3
