"""Requested, given and standing approvals."""

from typing import Any

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic
from tests.unit.cli.documents import JOB, STANDING


def test_approvals_show_request_and_deadline(mosaic: Mosaic, fake_api: FakeApi) -> None:
    request = {
        "capabilities": ["git:push", "pr:create"],
        "requestedBy": ["token:ada"],
        "until": "2026-01-05T03:04:05.678Z",
        "textHash": "sha256:0123456789abcdef",
    }
    fake_api.respond({"items": [{**JOB, "profile": "weaver", "approvalRequest": request}], "cursor": "c1"})

    result = mosaic("approvals")
    assert [line.split("\t") for line in result.stdout.splitlines()] == [
        ["ID", "CAPABILITIES", "REQUESTED BY", "UNTIL", "PROFILE", "REPOSITORY", "TEXT", "INSTRUCTIONS"],
        [
            JOB["id"],
            "git:push, pr:create",
            "token:ada",
            "2026-01-05T03:04Z",
            "weaver",
            "acme/shop",
            "0123456789ab",
            "Mend the login form.",
        ],
    ]
    assert "--cursor c1" in result.stderr


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
