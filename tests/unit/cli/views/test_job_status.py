"""The next step of a job, its attempts and its cancellation."""

from typing import Any

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

Json = dict[str, Any]
ID = "01J00000000000000000000000"
PENDING = {"id": "lint", "status": "PENDING", "reporter": {"kind": "token"}}
FORGE = {
    "id": "cover",
    "status": "PENDING",
    "reporter": {"kind": "check_run", "provider": "github", "context": "c"},
}


def job(**more: Any) -> Json:
    return {"id": ID, "status": "RUNNING", "attempt": 1, "maxAttempts": 1, "version": 3, **more}


WAITS = job(
    phase="VALIDATION",
    gates=[FORGE, PENDING],
    next={
        "who": "reporter",
        "what": "waiting for 2 of 2 gates: cover, lint",
        "until": "2026-01-03T14:05:00.000Z",
    },
)


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("command", ["show", "watch --until action"])
def test_job_shows_next_step_and_actor(
    mosaic: Mosaic, fake_api: FakeApi, command: str, terminal: bool
) -> None:
    fake_api.respond(WAITS)
    verb, *options = command.split()

    output = mosaic("jobs", verb, ID, *options, terminal=terminal).stdout
    for words in (
        "waiting for 2 of 2 gates: cover, lint, until 2026-01-03T14:05Z",
        "the reporter of its gates",
        f"mosaic gates report {ID} lint --status passed --commit SHA",
    ):
        assert words in output


@pytest.mark.parametrize(
    ("next_", "expected"),
    [
        (
            {"who": "admin", "what": "waiting for an admin to approve git:push", "until": None},
            "next actor: an admin",
        ),
        (
            {"who": "mosaic", "what": "waiting for a slot: 3 of 3 jobs are running"},
            "next actor: Mosaic itself",
        ),
        ({"who": "agent", "what": "the agent is at work"}, "next actor: the agent"),
        ({"who": "member", "what": "failed: mend it"}, "next actor: a member"),
        ({"who": "somebody new", "what": "x"}, "next actor: somebody new"),
    ],
)
def test_next_actor_is_shown(mosaic: Mosaic, fake_api: FakeApi, next_: Json, expected: str) -> None:
    fake_api.respond(job(next=next_))

    assert expected in mosaic("jobs", "show", ID).stdout


@pytest.mark.parametrize("next_", [None, {}, {"who": "nobody", "what": "completed"}])
def test_job_without_next_step_shows_none(mosaic: Mosaic, fake_api: FakeApi, next_: Json | None) -> None:
    fake_api.respond(job(next=next_))

    assert "next:" not in mosaic("jobs", "show", ID).stdout


def test_job_waiting_for_approval_is_highlighted(mosaic: Mosaic, fake_api: FakeApi, monkeypatch: Any) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    fake_api.respond(
        {"items": [job(status="PENDING", waiting="approval"), job(status="PENDING")], "cursor": None}
    )

    approval, delayed = mosaic("jobs", "list", terminal=True).stdout.splitlines()[1:]
    assert approval.startswith("\x1b[1;33mPENDING")
    assert delayed.startswith("\x1b[2mPENDING")


ATTEMPTS = [
    {
        "attempt": 1,
        "status": "FAILED",
        "error": {"code": "gates_failed", "title": "Gates failed"},
        "commitSha": "0123456789abcdef0123456789abcdef01234567",
        "gates": [{"id": "build", "status": "PASSED"}, {"id": "lint", "status": "FAILED"}],
        "startedAt": "2026-01-02T03:04:05.678Z",
        "model": "gpt-5",
        "durationMs": 1500,
    },
    {"attempt": 2, "status": "CANCELLED", "cancelled": {"by": "github:ada", "reason": "enough", "at": "x"}},
    {"attempt": 3, "status": "RUNNING", "gates": [{"id": "build", "status": "PENDING"}]},
]


def test_attempts_show_their_results(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(job(attempt=3, attempts=ATTEMPTS))

    output = mosaic("jobs", "show", ID).stdout.split("Attempts\n")[1].split("\n\n")[0]
    assert [line.split("\t") for line in output.splitlines()[1:]] == [
        [
            "1",
            "FAILED",
            "2026-01-02T03:04Z",
            "0123456789ab",
            "1 of 2 passed, lint FAILED",
            "Gates failed (gates_failed)",
        ],
        ["2", "CANCELLED", "", "", "", "by github:ada: enough"],
        ["3", "RUNNING", "", "", "0 of 1 passed", ""],
    ]


def test_attempts_without_status_are_not_listed(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(job(attempts=[{"attempt": 1, "model": "gpt-5", "durationMs": 1}]))

    output = mosaic("jobs", "show", ID).stdout
    assert "Attempts" not in output
    assert "gpt-5" in output


@pytest.mark.parametrize(
    ("cancelled", "expected"),
    [
        ({"by": "github:ada", "reason": "enough"}, "cancelled: by github:ada: enough\n"),
        ({"by": "token:ci", "reason": None}, "cancelled: by token:ci\n"),
    ],
)
@pytest.mark.parametrize("command", ["show", "watch", "cancel"])
def test_cancelled_job_shows_actor_and_reason(
    mosaic: Mosaic, fake_api: FakeApi, command: str, cancelled: Json, expected: str
) -> None:
    fake_api.respond(job(status="CANCELLED", cancelled=cancelled))

    assert expected in mosaic("jobs", command, ID).stdout
