"""Output as JSON, plain lines and tables."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic

JOB: dict[str, Any] = {
    "id": "01J00000000000000000000000",
    "status": "RUNNING",
    "phase": "VALIDATION",
    "type": "code-task",
    "repository": "acme/shop",
    "instructions": "Mend the\nlogin\tform.",
    "attempt": 1,
    "maxAttempts": 3,
    "version": 4,
    "createdAt": "2026-01-02T03:04:05.678Z",
    "gates": [{"id": "build", "status": "PASSED", "reporter": {"kind": "token"}, "reportedBy": "token:ci"}],
    "somethingNew": {"from": "a later API"},
}

STANDING: dict[str, Any] = {
    "profile": "weaver",
    "capability": "git:push",
    "repository": "acme/shop",
    "until": "2026-02-07T12:00:00.000Z",
    "approvedBy": "token:grace",
    "approvedAt": "2026-01-31T12:00:00.000Z",
    "reason": "release week",
    "jobId": "01J00000000000000000000000",
}


TOKEN = "01J0000000000000000000TKEN"


def page(cursor: str | None, *names: str) -> dict[str, Any]:
    return {"items": [{**JOB, "id": name} for name in names], "cursor": cursor}


def test_json_equals_api_response(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(JOB)

    assert json.loads(mosaic("jobs", "show", "01J00000000000000000000000", "--json").stdout) == JOB


def test_piped_list_is_tab_separated(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(page(None, "A"))

    header, row = mosaic("jobs", "list").stdout.splitlines()
    assert header.split("\t")[:2] == ["STATUS", "ID"]
    assert row.split("\t") == [
        "RUNNING",
        "A",
        "2026-01-02T03:04Z",
        "acme/shop",
        "code-task",
        "VALIDATION",
        "Mend the login form.",
    ]


def test_page_prints_hint_for_next_page(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(page("c1", "A"))

    assert mosaic("jobs", "list").stderr == "mosaic: next page: --cursor c1\n"
    assert mosaic("jobs", "list", "--json").stderr == ""


def test_all_reads_every_page(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(page("c1", "A", "B"), page("c2", "C"), page(None, "D"))

    document = json.loads(mosaic("jobs", "list", "--type", "review", "--all", "--json").stdout)

    assert document["cursor"] is None
    assert [job["id"] for job in document["items"]] == ["A", "B", "C", "D"]
    assert [path for _, path, _ in fake_api.calls] == [
        "/runner-jobs?type=review",
        "/runner-jobs?type=review&cursor=c1",
        "/runner-jobs?type=review&cursor=c2",
    ]


def test_all_events_end_at_empty_page(mosaic: Mosaic, fake_api: FakeApi) -> None:
    first = {"items": [{"type": "job.created", "actor": "ada", "payload": {"priority": 5}}], "cursor": "1.0"}
    fake_api.respond(first, {"items": [], "cursor": "1.0"})

    result = mosaic("jobs", "events", "01J00000000000000000000000", "--all")

    assert result.stdout.split() == ["job.created", "ada", "priority=5"]
    assert [path for _, path, _ in fake_api.calls] == [
        "/runner-jobs/01J00000000000000000000000/events",
        "/runner-jobs/01J00000000000000000000000/events?after=1.0",
    ]


RULE = {
    "id": "cover",
    "appliesWhen": {"types": ["code-task"], "repositories": ["*"], "labels": []},
    "passesWhen": [{"number": "coverage", "atLeast": 85, "atMost": None}],
    "reporter": {"kind": "check_run", "provider": "github", "context": "cover", "by": ["ci"]},
    "timeoutSeconds": 7200,
    "mandatory": True,
}


def test_gate_rules_are_shown(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(
        {"gates": [RULE, {**RULE, "id": "test", "reporter": {"kind": "token"}, "mandatory": False}]}
    )

    output = mosaic("gates", "rules").stdout
    for word in (
        "cover\tcode-task\t*",
        "coverage at least 85\tgithub check_run cover by ci",
        "token\t2 h\tno",
    ):
        assert word in output


def test_invalid_number_prints_example(mosaic: Mosaic) -> None:
    result = mosaic(
        *[
            "gates",
            "report",
            "01J00000000000000000000000",
            "cover",
            "--status",
            "passed",
            "--commit",
            "0",
            "--number",
            "high",
        ]
    )
    assert result.exit_code == 2
    assert "coverage=87.5" in result.stderr


@pytest.mark.parametrize("terminal", [False, True])
def test_job_is_shown_with_gates(mosaic: Mosaic, fake_api: FakeApi, terminal: bool) -> None:
    fake_api.respond(JOB)

    output = mosaic("jobs", "show", "01J00000000000000000000000", terminal=terminal).stdout
    for word in ("RUNNING", "VALIDATION", "acme/shop", "1 of 3", "build", "PASSED", "token:ci", "03:04:05Z"):
        assert word in output


def test_dry_run_shows_decision(mosaic: Mosaic, fake_api: FakeApi) -> None:
    guard = {"decision": "deny", "reasons": [{"policy": "base", "reason": "never"}], "refused": ["git:push"]}
    gate = {**RULE, "tokens": []}
    fake_api.respond({"guard": guard, "gates": [gate], "agent": "weaver", "tools": ["read"]})

    output = mosaic("dispatch", "--instructions", "x", "--dry-run").stdout
    for word in (
        "decision: deny",
        "base: never",
        "git:push",
        "agent: weaver",
        "coverage at least 85\tgithub check_run cover by ci\t2 h",
    ):
        assert word in output


@pytest.mark.parametrize("terminal", [False, True])
def test_new_token_is_shown_once(mosaic: Mosaic, fake_api: FakeApi, terminal: bool) -> None:
    fake_api.respond({"id": "t1", "role": "reporter", "name": "ci", "token": "t1-secret", "gates": ["build"]})
    create = ("tokens", "create", "--name", "ci", "--role", "reporter")

    output = mosaic(*create, terminal=terminal)
    assert "t1-secret" in output.stdout
    assert "shown only once" in output.stderr
    assert mosaic(*create, "--json").stderr == ""


def test_revocation_prints_no_json(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(httpx.Response(204))

    assert mosaic("tokens", "revoke", TOKEN).stdout == f"revoked: {TOKEN}\n"
    assert mosaic("tokens", "revoke", TOKEN, "--json").stdout == ""


@pytest.mark.parametrize(("terminal", "created"), [(False, ["2026-01-02T03:04Z"]), (True, ["9", "m", "ago"])])
def test_tokens_are_shown_as_table(
    mosaic: Mosaic, fake_api: FakeApi, terminal: bool, created: list[str]
) -> None:
    token = {"id": "t1", "role": "viewer", "name": "ada", "createdAt": "2026-01-02T03:04:05.678Z"}
    fake_api.respond({"items": [token], "cursor": None})

    assert mosaic("tokens", "list", terminal=terminal).stdout.splitlines()[1].split() == [
        "t1",
        "viewer",
        "ada",
        *created,
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_workspace_is_shown_completely(mosaic: Mosaic, fake_api: FakeApi, terminal: bool) -> None:
    fake_api.respond(
        {
            "id": "demo",
            "version": 3,
            "jobTypes": {
                "code-task": {"profile": "weaver", "capabilities": ["pr:create"]},
            },
            "gates": [RULE],
            "people": {"ada": ["github:ada", "token:01K"]},
            "standingApprovals": [STANDING],
            "repositories": [{"provider": "github", "name": "acme/shop"}],
            "grants": [{"profile": "weaver", "capability": "git:push", "repository": "*"}],
            "triggers": {"mentioned": "code-task"},
            "forgeAdmins": ["github:ada"],
        }
    )

    output = mosaic("workspace", "show", terminal=terminal).stdout
    words = (
        "demo",
        "coverage at least 85",
        "acme/shop",
        "git:push",
        "mentioned: code-task",
        "github:ada",
        "pr:create",
    )
    until = "2026-02-07" if terminal else "2026-02-07T12:00Z"
    for word in (*words, "ada: github:ada, token:01K", "token:grace", until, "release week"):
        assert word in output


def test_approvals_show_request_and_deadline(mosaic: Mosaic, fake_api: FakeApi) -> None:
    request = {
        "capabilities": ["git:push", "pr:create"],
        "by": ["token:ada"],
        "until": "2026-01-05T03:04:05.678Z",
    }
    fake_api.respond({"items": [{**JOB, "profile": "weaver", "asked": request}], "cursor": "c1"})

    result = mosaic("approvals")
    assert [line.split("\t") for line in result.stdout.splitlines()] == [
        ["ID", "CAPABILITIES", "REQUESTED BY", "UNTIL", "PROFILE", "REPOSITORY", "INSTRUCTIONS"],
        [
            JOB["id"],
            "git:push, pr:create",
            "token:ada",
            "2026-01-05T03:04Z",
            "weaver",
            "acme/shop",
            "Mend the login form.",
        ],
    ]
    assert "--cursor c1" in result.stderr


POLICY = {
    "id": "releases",
    "source": "workspace",
    "effect": "forbid",
    "mode": "observe",
    "reason": "by hand",
    "text": '@id("releases")\nforbid (principal, action, resource);',
    "line": 1,
    "decided": 0,
    "wouldHave": 3,
}


def test_policies_are_shown_as_table_and_text(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"items": [POLICY], "policySet": "sha256:0", "jobs": 3})
    assert [line.split("\t") for line in mosaic("policies").stdout.splitlines()] == [
        ["ID", "SOURCE", "EFFECT", "MODE", "DECIDED", "WOULD HAVE", "REASON"],
        ["releases", "workspace", "forbid", "observe", "0", "3", "by hand"],
    ]
    assert mosaic("policies", "--text").stdout == f"{POLICY['text']}\n\n"


def test_decision_groups_capabilities_by_policy(mosaic: Mosaic, fake_api: FakeApi) -> None:
    read = {"policy": "base.read", "reason": "reading is free"}
    observed = {"policy": "releases", "reason": "by hand", "capability": "git:push", "would": "deny"}
    guard = {
        "decision": "allow",
        "reasons": [{**read, "capability": "code:read"}, {**read, "capability": "git:read"}],
        "observed": [observed],
    }
    fake_api.respond({**JOB, "branch": "mosaic/1", "paths": ["src/", "docs/"], "guard": guard})
    output = mosaic("jobs", "show", "01J00000000000000000000000").stdout
    assert "base.read: reading is free (code:read, git:read)" in output
    assert "releases would have denied git:push: by hand" in output
    assert "paths: src/, docs/" in output


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        (
            {"approved": True, "actor": "token:grace", "reason": "fine", "standing": [], "until": None},
            "approved by token:grace: fine",
        ),
        (
            {
                "approved": True,
                "actor": "token:grace",
                "reason": "fine",
                "standing": ["git:push"],
                "until": STANDING["until"],
            },
            "approved by token:grace (git:push until 2026-02-07T12:00Z): fine",
        ),
        ({"approved": False, "actor": "stitcher", "reason": "late"}, "denied by stitcher: late"),
    ],
)
def test_job_shows_approval_and_standing_approvals(
    mosaic: Mosaic, fake_api: FakeApi, approval: dict[str, Any], expected: str
) -> None:
    guard = {"decision": "allow", "reasons": [], "standing": [STANDING]}
    fake_api.respond({**JOB, "approval": approval, "guard": guard})

    output = mosaic("jobs", "show", "01J00000000000000000000000").stdout
    assert expected in output
    assert "git:push: approved by token:grace until 2026-02-07T12:00Z" in output


def test_piped_output_is_plain_ascii(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(JOB)

    for command in ("jobs show 01J00000000000000000000000", "jobs list"):
        assert mosaic(*command.split()).stdout.isascii()
