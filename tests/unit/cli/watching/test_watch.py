"""Watching a job until it ends, despite lost connections."""

import json

import httpx
import pytest

from mosaic_cli.watching.follow import GIVE_UP_SECONDS
from tests.unit.cli.conftest import FakeApi, FakeClock, Mosaic
from tests.unit.cli.watching.responses import event, job, page

UPDATES = (
    job("QUEUED", 1, event(1, "job.created")),
    page("2.0", event(2, "job.started")),
    job("RUNNING", 2),
    page("2.0"),
    job("RUNNING", 2),
    page("3.0", event(3, "job.completed")),
    job("COMPLETED", 3),
)


def test_watch_prints_events_as_json_lines(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(*UPDATES)

    result = mosaic("jobs", "watch", "01J00000000000000000000000", "--json")

    assert result.exit_code == 0
    output = [json.loads(item) for item in result.stdout.splitlines()]
    assert output == [event(1, "job.created"), event(2, "job.started"), event(3, "job.completed")]
    assert [path for _, path, _ in fake_api.calls if "events" in path] == [
        "/runner-jobs/01J00000000000000000000000/events?after=1.0&wait=20",
        "/runner-jobs/01J00000000000000000000000/events?after=2.0&wait=20",
        "/runner-jobs/01J00000000000000000000000/events?after=2.0&wait=20",
    ]


def test_watch_waits_for_last_event_of_version(mosaic: Mosaic, fake_api: FakeApi) -> None:
    passed, completed = event(2, "gate.passed"), event(2, "job.completed")
    fake_api.respond(job("COMPLETED", 2, passed), page("2.1", completed), job("COMPLETED", 2))
    result = mosaic("jobs", "watch", "01J00000000000000000000000", "--json")
    assert [json.loads(item) for item in result.stdout.splitlines()] == [passed, completed]


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize(("status", "code"), [("COMPLETED", 0), ("FAILED", 1), ("CANCELLED", 1)])
def test_exit_code_is_job_outcome(
    mosaic: Mosaic, fake_api: FakeApi, status: str, code: int, terminal: bool
) -> None:
    ended = job(status, 1, event(1))
    fake_api.respond(
        {**ended, "error": {"code": "gates_failed", "title": "Gates failed", "remedy": "Mend it"}}
    )

    result = mosaic("jobs", "watch", "01J00000000000000000000000", terminal=terminal)

    assert result.exit_code == code
    for word in (status, "Gates failed (gates_failed)", "Mend it"):
        assert word in result.stdout


@pytest.mark.parametrize(
    "command",
    [
        "jobs create --type review --instructions x",
        "dispatch --instructions x",
        "jobs retry 01J00000000000000000000000",
    ],
)
def test_wait_watches_queued_job(mosaic: Mosaic, fake_api: FakeApi, command: str) -> None:
    fake_api.respond(job("QUEUED", 1), *UPDATES[:-1], job("FAILED", 3))

    result = mosaic(*command.split(), "--wait")

    assert result.exit_code == 1
    assert result.stderr == "mosaic: job 01J00000000000000000000000\n"
    assert result.stdout.splitlines()[-1] == "status: FAILED"


def test_watch_waits_for_late_ending_event(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(job("FAILED", 2, event(1)), page("2.0", event(2, "job.failed")), job("FAILED", 2))

    assert "job.failed" in mosaic("jobs", "watch", "01J00000000000000000000000").stdout
    assert fake_api.calls[1][1] == "/runner-jobs/01J00000000000000000000000/events?after=2.0&wait=5"


def test_watch_ends_without_ending_event(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(job("COMPLETED", 2, event(1)), page("1.0"), job("COMPLETED", 2))

    assert mosaic("jobs", "watch", "01J00000000000000000000000").exit_code == 0


@pytest.mark.parametrize(
    "failure",
    [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.Response(503, json={"message": "busy"})],
)
def test_watch_reconnects_after_errors(
    mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock, failure: httpx.Response | Exception
) -> None:
    first, *rest = UPDATES
    fake_api.respond(first, failure, failure, *rest)

    result = mosaic("jobs", "watch", "01J00000000000000000000000", "--json")

    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 3)
    assert fake_clock.slept == [1, 2]
    assert "trying again in 1 s" in result.stderr


def test_watch_gives_up_after_300_seconds(mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock) -> None:
    fake_api.respond(job("RUNNING", 1), httpx.ConnectError("refused"))

    assert mosaic("jobs", "watch", "01J00000000000000000000000").exit_code == 7
    assert GIVE_UP_SECONDS - 15 <= sum(fake_clock.slept) <= GIVE_UP_SECONDS


def test_first_request_is_not_retried(mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock) -> None:
    fake_api.respond(httpx.ConnectError("refused"))

    assert (mosaic("jobs", "watch", "01J00000000000000000000000").exit_code, fake_clock.slept) == (7, [])


def test_refusal_ends_watch(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(
        job("RUNNING", 1), httpx.Response(401, json={"detail": "revoked", "code": "unauthorized"})
    )

    assert mosaic("jobs", "watch", "01J00000000000000000000000").exit_code == 3


def test_ctrl_c_leaves_job_running(
    mosaic: Mosaic, fake_api: FakeApi, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fake_clock, "sleep", pressed)
    fake_api.respond(job("RUNNING", 1), httpx.ConnectError("refused"))

    result = mosaic("jobs", "watch", "01J00000000000000000000000")

    assert result.exit_code == 130
    assert "the job continues" in result.stderr
