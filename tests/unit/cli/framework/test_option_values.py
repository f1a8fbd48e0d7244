"""Option values that are rejected before a request."""

import pytest

from mosaic_cli.framework.option_values import whole_number
from tests.unit.cli.conftest import FakeApi, Mosaic

ID = "01J00000000000000000000000"
CREATE = "jobs create --type review --instructions x"
NUMBER = "should be a whole number, such as 25"


def refused(mosaic: Mosaic, fake_api: FakeApi, command: str) -> str:
    """Returns the error of a command that sends no request, on one line without its frame."""
    result = mosaic(*command.split(" "))
    assert (result.exit_code, fake_api.requests) == (2, [])
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    "command",
    [
        "jobs list --issue",
        "jobs list --limit",
        f"{CREATE} --issue",
        f"{CREATE} --priority",
        f"{CREATE} --max-attempts",
        f"jobs approve {ID} --reason x --attempt",
        f"jobs events {ID} --limit",
        f"gates report {ID} test --status passed --attempt",
        "approvals --limit",
        "tokens list --limit",
        "redrive --limit",
        "demo mention x --issue",
    ],
)
@pytest.mark.parametrize("value", ["x", "5_0", "\uff15", "1.0"])
def test_whole_numbers_are_ascii_digits(mosaic: Mosaic, fake_api: FakeApi, command: str, value: str) -> None:
    output = refused(mosaic, fake_api, f"{command} {value}")

    assert f"Invalid value for '{command.split()[-1]}': {value!r} {NUMBER}" in output


@pytest.mark.parametrize("text", ["", " 5", "5 ", "+", "--5", "0x1", "²", "5\n", "9" * 19, "9" * 5000])
def test_invalid_whole_number_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=NUMBER):
        whole_number(text)


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("-1", -1), ("+5", 5), ("007", 7), (7, 7)])
def test_whole_number_is_parsed(text: str | int, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "jobs list --status DONE",
            "'--status': 'DONE' should be one of PENDING, QUEUED, RUNNING, COMPLETED, FAILED, CANCELLED",
        ),
        ("tokens create --name a --role x", "'--role': 'x' should be one of viewer, member, admin, reporter"),
        (f"jobs watch {ID} --until x", "'--until': 'x' should be one of end, validation, action"),
        (
            f"gates report {ID} test --status x",
            "'--status': 'x' should be one of passed, failed, error, skipped, forced",
        ),
        (
            f"gates report {ID} test --from-job-status x",
            "'--from-job-status': 'x' should be one of success, failure, cancelled",
        ),
        ("-o x jobs list", "'--output' / '-o': 'x' should be one of table, json, yaml, id"),
        ("jobs list -o x", "'--output' / '-o': 'x' should be one of table, json, yaml, id"),
        ("completion x", "'x' should be one of bash, zsh, fish, powershell, pwsh"),
    ],
)
def test_error_lists_choices_as_api_spells_them(
    mosaic: Mosaic, fake_api: FakeApi, command: str, expected: str
) -> None:
    assert expected in refused(mosaic, fake_api, command)


def test_status_is_case_insensitive(mosaic: Mosaic, fake_api: FakeApi) -> None:
    mosaic("jobs", "list", "--status", "failed")

    assert fake_api.calls == [("GET", "/runner-jobs?status=FAILED", None)]


def test_issue_filter_needs_repository(mosaic: Mosaic, fake_api: FakeApi) -> None:
    assert "--repository" in refused(mosaic, fake_api, "jobs list --issue 7")


@pytest.mark.parametrize(
    ("command", "expected"),
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
def test_invalid_time_sends_nothing(mosaic: Mosaic, fake_api: FakeApi, command: str, expected: str) -> None:
    result = mosaic(*command.split())

    assert (result.exit_code, fake_api.requests) == (2, [])
    assert expected in result.stderr
