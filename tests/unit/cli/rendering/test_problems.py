"""Problems with fields named by options, and option values in requests."""

import json
from pathlib import Path

import httpx
import pytest

from mosaic_cli.rendering.problems import OPTIONS
from tests.unit.cli.conftest import FakeApi, Mosaic

ID = "01J00000000000000000000000"
CREATE = "jobs create --type review --instructions x"
REPORT = f"gates report {ID} test --status passed --commit 0"


def refusal(*errors: tuple[str, str]) -> httpx.Response:
    output = [{"field": field, "message": message} for field, message in errors]
    return httpx.Response(422, json={"code": "invalid_request", "detail": "invalid", "errors": output})


@pytest.mark.parametrize(
    ("command", "field", "message", "expected"),
    [
        (CREATE, "runAt", "should be in the future", "--run-at: should be in the future"),
        (
            CREATE,
            "capabilities[0]",
            "should be RESOURCE:ACTION",
            "--capability (number 1): should be RESOURCE:ACTION",
        ),
        (CREATE, "paths[2]", "is too long", "--path (number 3): is too long"),
        (CREATE, "timeoutSeconds", "should be at most 86400", "--timeout: should be at most 86400"),
        (CREATE, "issueNumber", "should be at least 1", "--issue: should be at least 1"),
        (CREATE, "maxAttempts", "should be at most 10", "--max-attempts: should be at most 10"),
        (CREATE, "agentTaskId", "is too long", "--agent-task-id: is too long"),
        (REPORT, "url", "should begin with https://", "--link: should begin with https://"),
        (REPORT, "numbers.coverage", "should be a number", "--number: should be a number"),
        (REPORT, "commitSha", "should be a commit id", "--commit: should be a commit id"),
        (REPORT, "reports[0].name", "is too long", "reports[0].name: is too long"),
        (REPORT, "[0]", "is none", "[0]: is none"),
        ("tokens create --name a --role viewer", "expiresAt", "is over", "--expires-at: is over"),
        ("tokens create --name a --role viewer", "gates[0]", "is unknown", "--gate (number 1): is unknown"),
        ("jobs list", "updatedSince", "is no time", "--updated-since: is no time"),
        ("jobs list", "status[0]", "is none", "--status (number 1): is none"),
        ("jobs list", "newField", "is wrong", "newField: is wrong"),
    ],
)
def test_invalid_field_is_named_by_option(
    mosaic: Mosaic, fake_api: FakeApi, command: str, field: str, message: str, expected: str
) -> None:
    fake_api.respond(refusal((field, message)))

    assert mosaic(*command.split()).stderr == f"mosaic: {expected} (invalid_request)\n"


def test_detail_replaces_field_message(mosaic: Mosaic, fake_api: FakeApi) -> None:
    detail = "instructions may hold at most 8 bytes"
    errors = [{"field": "instructions", "message": "is too long"}]
    fake_api.respond(httpx.Response(413, json={"code": "too_large", "detail": detail, "errors": errors}))

    output = "mosaic: --instructions: may hold at most 8 bytes (too_large)\n"
    assert mosaic(*CREATE.split()).stderr == output


def test_several_fields_have_one_line_each(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(refusal(("priority", "is too high"), ("paths[0]", "is too long")))

    assert mosaic(*CREATE.split()).stderr == (
        "mosaic: invalid (invalid_request)\n  --priority: is too high\n  --path (number 1): is too long\n"
    )


def test_document_keeps_field_names(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(refusal(("gates[0].timeoutSeconds", "is too small")))

    output = mosaic("workspace", "set", "-", stdin="{}").stderr
    assert output == "mosaic: gates[0].timeoutSeconds: is too small (invalid_request)\n"


def test_json_problem_equals_api_response(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(refusal(("runAt", "x")))

    for options in (["--json"], ["-o", "yaml"], ["--jq", "."]):
        problem = json.loads(mosaic(*CREATE.split(), *options).stderr)
        assert problem["errors"] == [{"field": "runAt", "message": "x"}]


def test_option_names_match_contract() -> None:
    schemas = json.loads(Path("functions/api/openapi.json").read_text())["components"]["schemas"]
    known = {name for schema in schemas.values() for name in schema.get("properties", {})}
    assert set(OPTIONS) <= known
