"""Runs the examples of a page as they are written.

An example is a section `### Example: …`, whose blocks run in order. A `cedar` block is saved as the
workspace's policies. An `http` block has requests: each `METHOD path as role` with a body, then the status
and a part of the response. For a forge's delivery, the event replaces the role. `$JOB` is the id of the
latest job. The deployment runs for a moment after every request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mosaic.access.model import Principal, Role
from tests.fakes.api import ApiResponse, FakeApi
from tests.fakes.webhook_client import FakeWebhookClient

_CURRENT = "/workspaces/current"
_REQUEST = re.compile(r"^(GET|POST|PUT|DELETE) (\S+) as (\w+)$", re.MULTILINE)
# Long enough for a message to arrive, and too short for a run to end.
_MEANWHILE_SECONDS = 1.5


def examples(page: Path) -> dict[str, str]:
    """Returns the text of every example by its title."""
    sections = re.split(r"^#{2,3} ", page.read_text("utf-8"), flags=re.MULTILINE)
    titled = (section.partition("\n") for section in sections if section.startswith("Example: "))
    return {title.removeprefix("Example: "): text for title, _, text in titled}


def run_example(text: str, api: FakeApi) -> int:
    """Runs the example; returns the number of requests. Fails when a response differs from the text."""
    job, count = "", 0
    for kind, block in re.findall(r"^```(cedar|http)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if kind == "cedar":
            _configure(api, {"policies": block})
            continue
        for method, path, role, body, status, expected in _requests(block):
            wanted = {**_current(api), **body} if path == _CURRENT else body
            sent = json.loads(json.dumps(wanted).replace("$JOB", job))
            answered = _ask(api, method, path.replace("$JOB", job), role, sent)
            assert answered.status == status, f"{method} {path}: {answered.body}"
            assert _holds(answered.json, expected), f"{method} {path}: {answered.body}"
            job, count = answered.json.get("id", job), count + 1
            api.deployment.run(_MEANWHILE_SECONDS)
    return count


def _ask(api: FakeApi, method: str, path: str, role: str, body: Any) -> ApiResponse:
    if path.startswith("/stitcher/webhook/"):
        return FakeWebhookClient(api.deployment).send(path, role, body)
    repositories = ("*",) if role == Role.REPORTER else ()
    caller = Principal(workspace_id="demo", token_id=role, role=Role(role), repositories=repositories)
    return api.send(method, path, body, caller=caller)


def _requests(block: str) -> Iterator[tuple[str, str, str, Any, int, Any]]:
    _, *found = _REQUEST.split(block)
    for place in range(0, len(found), 4):
        method, path, role, rest = found[place : place + 4]
        before, status, after = re.split(r"^([1-5]\d\d)$", rest, maxsplit=1, flags=re.MULTILINE)
        body = json.loads(before) if before.strip() else None
        yield method, path, role, body, int(status), json.loads(after) if after.strip() else {}


def _current(api: FakeApi) -> dict[str, Any]:
    known: dict[str, Any] = api.send("GET", _CURRENT).json
    return known


def _configure(api: FakeApi, changes: dict[str, Any]) -> None:
    answered = api.send("PUT", _CURRENT, {**_current(api), **changes})
    assert answered.status == 200, answered.body


def _holds(value: Any, expected: Any) -> bool:
    """Whether a value contains the expected one: an object its members, a list of objects one like each."""
    if isinstance(expected, dict):
        return isinstance(value, dict) and all(
            name in value and _holds(value[name], part) for name, part in expected.items()
        )
    if isinstance(expected, list) and any(isinstance(part, dict) for part in expected):
        return all(any(_holds(one, part) for one in value) for part in expected)
    return bool(value == expected)
