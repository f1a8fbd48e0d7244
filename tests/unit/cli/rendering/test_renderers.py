"""Output as JSON, plain lines and tables."""

import json
from typing import Any

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic
from tests.unit.cli.documents import JOB


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


@pytest.mark.parametrize("terminal", [False, True])
def test_job_is_shown_with_gates(mosaic: Mosaic, fake_api: FakeApi, terminal: bool) -> None:
    fake_api.respond(JOB)

    output = mosaic("jobs", "show", "01J00000000000000000000000", terminal=terminal).stdout
    for word in ("RUNNING", "VALIDATION", "acme/shop", "1 of 3", "build", "PASSED", "token:ci", "03:04:05Z"):
        assert word in output


def test_piped_output_is_plain_ascii(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond(JOB)

    for command in ("jobs show 01J00000000000000000000000", "jobs list"):
        assert mosaic(*command.split()).stdout.isascii()
