"""The request of each command."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

JOB = "01J00000000000000000000000"
AT = f"/runner-jobs/{JOB}"
SHA = "0123456789abcdef0123456789abcdef01234567"

TABLE: list[tuple[str, str, str, Any]] = [
    ("health", "GET", "/health", None),
    ("jobs list", "GET", "/runner-jobs", None),
    (
        "jobs list --status RUNNING --status failed --type review --agent-task-id t/1 --limit 5 --cursor c=",
        "GET",
        "/runner-jobs?status=RUNNING&status=FAILED&type=review&agentTaskId=t%2F1&limit=5&cursor=c%3D",
        None,
    ),
    (f"jobs show {JOB}", "GET", AT, None),
    (f"jobs events {JOB}", "GET", f"{AT}/events", None),
    (
        f"jobs events {JOB} --after 3.1 --limit 7 --wait 9",
        "GET",
        f"{AT}/events?limit=7&wait=9&after=3.1",
        None,
    ),
    (f"events verify {JOB}", "GET", f"{AT}/events/verify", None),
    (f"events repair {JOB}", "GET", f"{AT}/events/verify", None),
    ("redrive", "POST", "/dead-letters/redrive", {}),
    ("redrive --limit 3", "POST", "/dead-letters/redrive", {"limit": 3}),
    (f"jobs cancel {JOB}", "POST", f"{AT}/cancel", {}),
    (f"jobs cancel {JOB} --reason late", "POST", f"{AT}/cancel", {"reason": "late"}),
    (f"jobs retry {JOB}", "POST", f"{AT}/retry", {}),
    (f"jobs retry {JOB} --instructions again", "POST", f"{AT}/retry", {"instructions": "again"}),
    (f"jobs approve {JOB} --reason fine", "POST", f"{AT}/approve", {"reason": "fine"}),
    (
        f"jobs approve {JOB} --reason fine --text-hash sha256:{'0' * 64}",
        "POST",
        f"{AT}/approve",
        {"reason": "fine", "textHash": f"sha256:{'0' * 64}"},
    ),
    (
        f"jobs approve {JOB} --reason fine --attempt 2 --until 2030-01-01T00:00:00Z --capability git:push",
        "POST",
        f"{AT}/approve",
        {
            "reason": "fine",
            "attempt": 2,
            "scope": "repository",
            "until": "2030-01-01T00:00:00Z",
            "capabilities": ["git:push"],
        },
    ),
    (f"jobs deny {JOB} --reason no", "POST", f"{AT}/deny", {"reason": "no"}),
    (f"jobs deny {JOB} --reason no --attempt 1", "POST", f"{AT}/deny", {"reason": "no", "attempt": 1}),
    ("approvals", "GET", "/approvals", None),
    ("usage", "GET", "/workspaces/current/usage", None),
    ("usage --day 2026-01-31", "GET", "/workspaces/current/usage?day=2026-01-31", None),
    ("policies", "GET", "/policies", None),
    ("policies --text", "GET", "/policies", None),
    ("approvals --limit 2 --cursor c1", "GET", "/approvals?limit=2&cursor=c1", None),
    (
        "jobs create --type review --instructions look",
        "POST",
        "/runner-jobs",
        {"type": "review", "instructions": "look"},
    ),
    (
        "jobs create --type code-task --instructions mend --profile weaver --repository acme/shop --issue 7"
        " --branch release/2 --path src/ --path README.md"
        " --agent-task-id t1 --capability git:push --capability pr:create --priority 9"
        " --run-at 2030-01-01T00:00:00Z --timeout 60 --max-attempts 2",
        "POST",
        "/runner-jobs",
        {
            "type": "code-task",
            "instructions": "mend",
            "profile": "weaver",
            "repository": "acme/shop",
            "branch": "release/2",
            "paths": ["src/", "README.md"],
            "issueNumber": 7,
            "agentTaskId": "t1",
            "capabilities": ["git:push", "pr:create"],
            "priority": 9,
            "runAt": "2030-01-01T00:00:00Z",
            "timeoutSeconds": 60,
            "maxAttempts": 2,
        },
    ),
    ("dispatch --instructions mend", "POST", "/stitcher/dispatch", {"instructions": "mend"}),
    (
        "dispatch --instructions mend --type review --dry-run",
        "POST",
        "/stitcher/dispatch",
        {"instructions": "mend", "type": "review", "dryRun": True},
    ),
    (
        f"gates report {JOB} build --status passed --commit {SHA} --link https://ci.test/1 --details fast",
        "PUT",
        f"{AT}/gates/build",
        {"status": "passed", "commitSha": SHA, "url": "https://ci.test/1", "details": "fast"},
    ),
    (
        f"gates report {JOB} build --status passed --commit {SHA} --number coverage=87.5 --number warnings=0"
        f" --attempt 2 --replaces {SHA}",
        "PUT",
        f"{AT}/gates/build",
        {
            "status": "passed",
            "commitSha": SHA,
            "numbers": {"coverage": 87.5, "warnings": 0},
            "attempt": 2,
            "replaces": SHA,
        },
    ),
    (
        f"gates report {JOB} build --status forced --reason flaky",
        "PUT",
        f"{AT}/gates/build",
        {"status": "forced", "reason": "flaky"},
    ),
]

ACCESS: list[tuple[str, str, str, Any]] = [
    (
        "tokens create --name ci --role reporter --expires-at 2030-01-01T00:00:00Z --gate build --gate test"
        " --repository acme/shop --repository acme/till",
        "POST",
        "/tokens",
        {
            "name": "ci",
            "role": "reporter",
            "expiresAt": "2030-01-01T00:00:00Z",
            "gates": ["build", "test"],
            "repositories": ["acme/shop", "acme/till"],
        },
    ),
    ("tokens create --name ada --role Admin", "POST", "/tokens", {"name": "ada", "role": "admin"}),
    ("tokens list --limit 2 --cursor t1", "GET", "/tokens?limit=2&cursor=t1", None),
    ("tokens revoke t/1", "DELETE", "/tokens/t%2F1", None),
    ("workspace show", "GET", "/workspaces/current", None),
    ("gates rules", "GET", "/workspaces/current", None),
]


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("command", "method", "path", "body"), TABLE + ACCESS, ids=lambda value: str(value)[:60]
)
def test_command_sends_one_request(
    mosaic: Mosaic, fake_api: FakeApi, command: str, method: str, path: str, body: Any, as_json: bool
) -> None:
    result = mosaic(*command.split(), *(["--json"] if as_json else []))

    assert result.exit_code == 0
    assert fake_api.calls == [(method, path, body)]


def test_only_health_works_without_token(
    mosaic: Mosaic, fake_api: FakeApi, environment: dict[str, str]
) -> None:
    mosaic("jobs", "list")
    mosaic("health")
    del environment["MOSAIC_TOKEN"]
    assert mosaic("health").exit_code == 0

    sent = [request.headers.get("authorization") for request in fake_api.requests]
    assert sent == ["Bearer demo-secrettoken", "Bearer demo-secrettoken", None]


def test_idempotency_key_is_sent(mosaic: Mosaic, fake_api: FakeApi) -> None:
    mosaic("jobs", "create", "--type", "review", "--instructions", "x", "--idempotency-key", "build 7")

    assert fake_api.requests[0].headers["idempotency-key"] == "build 7"


@pytest.mark.parametrize("key", ["line\nfeed", "schlüssel"])
def test_invalid_idempotency_key_is_wrong_usage(mosaic: Mosaic, fake_api: FakeApi, key: str) -> None:
    result = mosaic("jobs", "create", "--type", "review", "--instructions", "x", "--idempotency-key", key)

    assert (result.exit_code, fake_api.requests) == (2, [])


def test_instructions_are_read_from_file_and_stdin(mosaic: Mosaic, fake_api: FakeApi, tmp_path: Path) -> None:
    (tmp_path / "task.md").write_text("# Größer\n")
    create = ("jobs", "create", "--type", "review", "--instructions")
    mosaic(*create, f"@{tmp_path}/task.md")
    mosaic(*create, "-", stdin="from a pipe")

    assert [body["instructions"] for _, _, body in fake_api.calls] == ["# Größer\n", "from a pipe"]


def test_workspace_is_read_from_file_and_stdin(mosaic: Mosaic, fake_api: FakeApi, tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text('{"name": "a file"}')
    mosaic("workspace", "set", f"{tmp_path}/w.json")
    mosaic("workspace", "set", "-", stdin='{"name": "a pipe"}')
    nonsense = mosaic("workspace", "set", "-", stdin="{")

    put = ("PUT", "/workspaces/current")
    assert fake_api.calls == [(*put, {"name": "a file"}), (*put, {"name": "a pipe"})]
    assert nonsense.exit_code == 2


@pytest.mark.parametrize(
    ("argument", "stdin", "expected"),
    [("@/nowhere/at/all", b"", "No such file"), ("-", b"\xff\xfe\x00", "not UTF-8")],
)
def test_unreadable_instructions_are_wrong_usage(
    mosaic: Mosaic, fake_api: FakeApi, argument: str, stdin: bytes, expected: str
) -> None:
    result = mosaic("jobs", "create", "--type", "review", "--instructions", argument, stdin=stdin)

    assert (result.exit_code, fake_api.requests) == (2, [])
    assert expected in result.stderr
