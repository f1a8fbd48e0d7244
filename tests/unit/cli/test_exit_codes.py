"""Exit codes, and problems on standard error."""

import json

import httpx
import pytest

from mosaic_cli.exit_codes import ExitCode
from tests.unit.cli.conftest import FakeApi, Mosaic

PROBLEM = {
    "type": "about:blank",
    "title": "Unprocessable Entity",
    "status": 422,
    "code": "invalid_request",
    "detail": "priority is too high",
    "errors": [{"field": "priority", "message": "should be at most 9"}],
}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (301, ExitCode.UNREACHABLE),
        (400, ExitCode.INVALID),
        (401, ExitCode.FORBIDDEN),
        (403, ExitCode.FORBIDDEN),
        (404, ExitCode.NOT_FOUND),
        (409, ExitCode.CONFLICT),
        (413, ExitCode.INVALID),
        (415, ExitCode.INVALID),
        (422, ExitCode.INVALID),
        (429, ExitCode.UNREACHABLE),
        (500, ExitCode.UNREACHABLE),
        (503, ExitCode.UNREACHABLE),
    ],
)
def test_http_status_sets_exit_code(mosaic: Mosaic, fake_api: FakeApi, status: int, code: ExitCode) -> None:
    fake_api.respond(httpx.Response(status, json={**PROBLEM, "status": status}))

    result = mosaic("jobs", "list")

    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == "mosaic: priority: is too high (invalid_request)\n"


def test_json_problem_goes_to_standard_error(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(httpx.Response(422, json=PROBLEM))

    result = mosaic("jobs", "list", "--json")

    assert (result.stdout, json.loads(result.stderr)) == ("", PROBLEM)


@pytest.mark.parametrize(
    ("answer", "code", "expected"),
    [
        (httpx.ConnectError("refused"), 7, "https://api.test cannot be reached: refused (unreachable)"),
        (httpx.ReadTimeout("slow"), 7, "slow"),
        (httpx.Response(200, text="<html>"), 7, "not from the API (HTTP 200)"),
        (httpx.Response(200, json=[1]), 7, "not from the API"),
        (httpx.Response(302, headers={"location": "https://elsewhere.test"}), 7, "HTTP 302"),
        (httpx.Response(401, json={"message": "Unauthorized"}), 3, "Unauthorized (HTTP 401)"),
        (httpx.Response(599, text=""), 7, "HTTP 599"),
    ],
)
def test_foreign_response_is_a_problem(
    mosaic: Mosaic, fake_api: FakeApi, answer: httpx.Response | Exception, code: int, expected: str
) -> None:
    fake_api.respond(answer)

    result = mosaic("jobs", "list")
    assert (result.exit_code, result.stdout) == (code, "")
    assert expected in result.stderr
    assert {"code", "detail"} <= json.loads(mosaic("jobs", "list", "--json").stderr).keys()


@pytest.mark.parametrize(
    "wrong",
    [
        "jobs list --nonsense",
        "jobs list --status SLEEPING",
        "jobs create --type review",
        "jobs show",
        "gates report 01J00000000000000000000000 build --status great",
        "jobs list --url ftp://api.test",
        "jobs list --config /nowhere/at/all",
    ],
)
def test_wrong_usage_sends_nothing(mosaic: Mosaic, fake_api: FakeApi, wrong: str) -> None:
    result = mosaic(*wrong.split())

    assert (result.exit_code, fake_api.requests) == (ExitCode.USAGE, [])
    assert result.stderr


def test_invalid_utf8_is_wrong_usage(mosaic: Mosaic) -> None:
    assert mosaic("jobs", "show", "\udcff").exit_code == ExitCode.USAGE
    assert (
        mosaic("jobs", "cancel", "01J00000000000000000000000", "--reason", "\udcff").exit_code
        == ExitCode.USAGE
    )


def test_interruption_sets_exit_code(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(KeyboardInterrupt())

    assert mosaic("jobs", "list").exit_code == ExitCode.INTERRUPTED


def test_every_code_has_a_meaning() -> None:
    assert all(code.meaning for code in ExitCode)
