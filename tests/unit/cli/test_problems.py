"""Problems in the words of the command line."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from mosaic_cli.problems import OPTIONS
from tests.unit.cli.conftest import FakeApi, Mosaic

ID = "01J00000000000000000000000"
CREATE = "jobs create --type review --instructions x"
REPORT = f"gates report {ID} test --status passed --commit 0"


def refusal(*errors: tuple[str, str]) -> httpx.Response:
    told = [{"field": field, "message": message} for field, message in errors]
    return httpx.Response(422, json={"code": "invalid_request", "detail": "invalid", "errors": told})


@pytest.mark.parametrize(
    ("command", "field", "message", "told"),
    [
        (CREATE, "runAt", "Value error, should be in the future", "--run-at: should be in the future"),
        (
            CREATE,
            "capabilities.0",
            "should be RESOURCE:ACTION",
            "--capability (number 1): should be RESOURCE:ACTION",
        ),
        (CREATE, "paths.2", "is too long", "--path (number 3): is too long"),
        (CREATE, "timeoutSeconds", "should be at most 86400", "--timeout: should be at most 86400"),
        (CREATE, "issueNumber", "should be at least 1", "--issue: should be at least 1"),
        (CREATE, "maxAttempts", "should be at most 10", "--max-attempts: should be at most 10"),
        (CREATE, "agentTaskId", "is too long", "--agent-task-id: is too long"),
        (
            CREATE,
            "repository",
            "String should match pattern '^[a-z]+$'",
            "--repository: should be OWNER/NAME",
        ),
        (REPORT, "url", "should begin with https://", "--link: should begin with https://"),
        (REPORT, "numbers.coverage", "should be a number", "--number: should be a number"),
        (
            REPORT,
            "commitSha",
            "String should match pattern '^[0-9a-f]{40}([0-9a-f]{24})?$'",
            "--commit: should be 40 or 64 hexadecimal digits, the whole id in lower case",
        ),
        ("tokens create --name a --role viewer", "expiresAt", "is over", "--expires-at: is over"),
        ("tokens create --name a --role viewer", "gates.0", "is unknown", "--gate (number 1): is unknown"),
        ("jobs list", "updatedSince", "is no time", "--updated-since: is no time"),
        ("jobs list", "status.0", "is none", "--status (number 1): is none"),
        ("jobs list", "newField", "is wrong", "newField: is wrong"),
    ],
)
def test_a_wrong_field_is_named_by_its_option(
    mosaic: Mosaic, fake_api: FakeApi, command: str, field: str, message: str, told: str
) -> None:
    fake_api.will(refusal((field, message)))

    assert f"\n  {told}\n" in mosaic(*command.split()).stderr


def test_a_document_keeps_the_names_of_its_fields(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will(refusal(("gates.0.timeoutSeconds", "is too small")))

    assert "  gates.0.timeoutSeconds: is too small\n" in mosaic("workspace", "set", "-", stdin="{}").stderr


def test_json_has_the_problem_as_the_api_said_it(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will(refusal(("runAt", "Value error, x")))

    for options in (["--json"], ["-o", "yaml"], ["--jq", "."]):
        problem = json.loads(mosaic(*CREATE.split(), *options).stderr)
        assert problem["errors"] == [{"field": "runAt", "message": "Value error, x"}]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (f"{CREATE} --timeout fast", "--timeout: 'fast' should be a duration"),
        (f"{CREATE} --run-at soon", "--run-at: 'soon' should be a time"),
        (f"{CREATE} --wait-timeout -1", "--wait-timeout: '-1' should be a duration"),
        ("jobs list --since soon", "--since: 'soon' should be a time"),
        ("jobs list --until 7", "--until: '7' should be a time"),
        ("usage --day never", "--day: 'never' should be a time"),
        (f"jobs events {ID} --wait long", "--wait: 'long' should be a duration"),
        (f"jobs watch {ID} --timeout long", "--timeout: 'long' should be a duration"),
        (f"jobs approve {ID} --reason x --until later", "--until: 'later' should be a time"),
        ("tokens create --name a --role viewer --expires-at never", "--expires-at: 'never' should be a time"),
    ],
)
def test_a_wrong_time_sends_nothing(mosaic: Mosaic, fake_api: FakeApi, command: str, told: str) -> None:
    done = mosaic(*command.split())

    assert (done.exit_code, fake_api.requests) == (2, [])
    assert told in done.stderr


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (f"{CREATE} --timeout 1h30m --run-at 2h", {"timeoutSeconds": 5400, "runAt": "2026-01-02T05:14:05Z"}),
        (f"{CREATE} --run-at tomorrow", {"runAt": "2026-01-03T00:00:00Z"}),
        (f"jobs approve {ID} --reason x --until 2026-12-01", {"until": "2026-12-01T00:00:00Z"}),
        ("tokens create --name a --role viewer --expires-at 1day", {"expiresAt": "2026-01-03T03:14:05Z"}),
    ],
)
def test_times_are_sent_as_the_api_takes_them(
    mosaic: Mosaic, fake_api: FakeApi, command: str, body: dict[str, Any]
) -> None:
    mosaic(*command.split())

    assert body.items() <= fake_api.asked[0][2].items()


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (
            "jobs list --repository acme/shop --issue 7 --actor github:ada",
            "/runner-jobs?repository=acme%2Fshop&issue=7&actor=github%3Aada",
        ),
        (
            "jobs list --since 2h --until yesterday --updated-since 2026-01-01",
            "/runner-jobs?since=2026-01-02T01%3A14%3A05Z&until=2026-01-01T00%3A00%3A00Z"
            "&updatedSince=2026-01-01T00%3A00%3A00Z",
        ),
        ("usage --day yesterday", "/workspaces/current/usage?day=2026-01-01"),
        (f"jobs events {ID} --wait 20s", f"/runner-jobs/{ID}/events?wait=20"),
        (f"events list {ID}", f"/runner-jobs/{ID}/events"),
        (f"jobs verify {ID}", f"/runner-jobs/{ID}/events/verify"),
        (f"jobs repair {ID}", f"/runner-jobs/{ID}/events/verify"),
        ("jobs approvals --limit 3", "/approvals?limit=3"),
    ],
)
def test_filters_and_aliases_ask_for_the_same(
    mosaic: Mosaic, fake_api: FakeApi, command: str, path: str
) -> None:
    assert mosaic(*command.split()).exit_code == 0
    assert fake_api.asked == [("GET", path, None)]


def test_a_dry_run_of_create_decides_and_creates_nothing(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.will({"guard": {"decision": "allow"}})

    assert "decision: allow" in mosaic(*CREATE.split(), "--dry-run", "--run-at", "1h").stdout
    body = {"type": "review", "instructions": "x", "dryRun": True}
    assert fake_api.asked == [("POST", "/stitcher/dispatch", body)]


def test_the_options_are_those_of_the_contract() -> None:
    schemas = json.loads(Path("functions/api/openapi.json").read_text())["components"]["schemas"]
    known = {name for schema in schemas.values() for name in schema.get("properties", {})}
    assert set(OPTIONS) <= known
