"""The output of `mosaic jobs logs`."""

import json
from typing import Any

from tests.unit.cli.conftest import FakeApi, Mosaic

ID = "01J00000000000000000000000"


def event(type: str, /, **payload: Any) -> dict[str, Any]:
    return {"version": 2, "type": type, "timestamp": "2026-01-02T03:04:05.678Z", "payload": payload}


EVENTS = [
    event("job.created", type="review"),
    event("job.progress", percent=40, message="half of it"),
    event("job.progress", phase="VALIDATION", progressPercent=0),
    event("step.output", text="first line\nsecond line\n"),
    event("ai.tool_called", tool="exec", input="make test", ok=True, durationMs=1500),
    event("ai.tool_called", tool="read", ok=False),
    event("ai.tool_called", tool="edit"),
    event("ai.artifact_created", name="report", url="https://ci.test/1"),
    event("step.completed", name="guard rails", phase="SETUP", output="allow"),
    event("step.completed", name="agent run", phase="EXECUTION", output="All done."),
]
OUTPUT = """\
03:04:05  40 %  half of it
03:04:05  first line
          second line
03:04:05  > exec make test  (ok, 1.5 s)
03:04:05  > read  (failed)
03:04:05  > edit
03:04:05  made report https://ci.test/1
03:04:05  agent run: All done.
"""


def test_logs_show_agent_events(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"items": EVENTS, "cursor": "1"}, {"items": [], "cursor": "1"})

    assert mosaic("jobs", "logs", ID).stdout == OUTPUT


def test_logs_follow_job_to_its_end(mosaic: Mosaic, fake_api: FakeApi) -> None:
    ended = event("job.failed")
    fake_api.respond(
        {"id": ID, "status": "RUNNING", "version": 1, "events": EVENTS[:4], "eventsCursor": "1"},
        {"items": [*EVENTS[4:], ended], "cursor": "2"},
        {"id": ID, "status": "FAILED", "version": 2},
    )

    result = mosaic("jobs", "logs", ID, "-f")
    assert (result.exit_code, result.stdout) == (1, OUTPUT)


def test_logs_as_json_are_events(mosaic: Mosaic, fake_api: FakeApi) -> None:
    fake_api.respond({"items": EVENTS, "cursor": "1"}, {"items": [], "cursor": "1"})

    lines = mosaic("jobs", "logs", ID, "--json").stdout.splitlines()
    assert [json.loads(line)["type"] for line in lines] == [
        "job.progress",
        "step.output",
        *["ai.tool_called"] * 3,
        "ai.artifact_created",
        "step.completed",
    ]
