"""Output on terminals of different widths."""

from typing import Any

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

JOB: dict[str, Any] = {
    "id": "01M8JBSY4T0BJ0A2CVQ91J91G9",
    "status": "COMPLETED",
    "phase": "VALIDATION",
    "type": "code-task",
    "profile": "weaver",
    "repository": "acme/shop",
    "instructions": "Find out why the login fails, mend it, and tell ada what it was",
    "attempt": 2,
    "maxAttempts": 1,
    "createdAt": "2026-01-02T03:04:05.678Z",
    "approvalRequest": {
        "capabilities": ["git:push"],
        "requestedBy": ["github:ada"],
        "until": "2026-01-05T03:14:05.678Z",
    },
}


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("command", ["jobs list", "approvals", "jobs show 01M8JBSY4T0BJ0A2CVQ91J91G9"])
def test_lines_fit_terminal_width(mosaic: Mosaic, fake_api: FakeApi, command: str, columns: int) -> None:
    fake_api.respond({**JOB, "items": [JOB], "cursor": None})

    lines = mosaic(*command.split(), terminal=True, columns=columns).stdout.splitlines()
    assert max(map(len, lines)) <= columns


@pytest.mark.parametrize(
    ("columns", "headers"),
    [
        (40, ["STATUS", "ID", "CREATED", "INSTRUCTIONS"]),
        (60, ["STATUS", "ID", "CREATED", "REPOSITORY", "INSTRUCTIONS"]),
        (120, ["STATUS", "ID", "CREATED", "REPOSITORY", "TYPE", "PHASE", "INSTRUCTIONS"]),
    ],
)
def test_narrow_table_drops_columns(
    mosaic: Mosaic, fake_api: FakeApi, columns: int, headers: list[str]
) -> None:
    fake_api.respond({"items": [JOB], "cursor": None})

    header, row = mosaic("jobs", "list", terminal=True, columns=columns).stdout.splitlines()
    assert header.split() == headers
    assert row.startswith("COMPLETED  1J91G9  9 m ago")


def test_verbose_shows_full_ids_and_times(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"items": [JOB], "cursor": None})

    row = mosaic("jobs", "list", "-v", terminal=True).stdout.splitlines()[1]
    assert row.startswith("COMPLETED  01M8JBSY4T0BJ0A2CVQ91J91G9  2026-01-02T03:04Z")


def test_approval_deadline_is_relative(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"items": [JOB], "cursor": None})

    assert "in 3 days" in mosaic("approvals", terminal=True, columns=80).stdout


def test_job_shows_the_agents_text_and_its_hash(mosaic: Mosaic, fake_api: FakeApi) -> None:
    text = {"text": "\n".join(f"line {n}" for n in range(100)), "hash": f"sha256:{'0' * 64}"}
    fake_api.respond({**JOB, "agentText": text})
    fake_api.respond({**JOB, "agentText": text})
    cut, full = mosaic("jobs", "show", JOB["id"]), mosaic("jobs", "show", JOB["id"], "--full")
    assert f"sha256:{'0' * 64}" in cut.stdout
    assert ("line 0" in cut.stdout, "line 99" in cut.stdout, "line 99" in full.stdout) == (True, False, True)


def test_long_instructions_are_cut_without_full(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({**JOB, "instructions": "\n".join(f"line {number}" for number in range(40))})

    short = mosaic("jobs", "show", JOB["id"]).stdout
    assert "line 9" in short
    assert "line 10" not in short
    assert "… 30 more lines: --full shows them" in short
    assert "line 39" in mosaic("jobs", "show", JOB["id"], "--full").stdout


def test_attempt_beyond_maximum_is_shown_alone(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(JOB)

    assert "attempt: 2\n" in mosaic("jobs", "show", JOB["id"]).stdout
