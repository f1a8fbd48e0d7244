"""The configuration of a workspace."""

import pytest

from tests.unit.cli.conftest import FakeApi, Mosaic
from tests.unit.cli.documents import RULE, STANDING


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
            "triggers": {"mentioned": "code-task", "labels": {"needs review": "review"}},
            "forgeAdmins": ["github:ada"],
        }
    )

    output = mosaic("workspace", "show", terminal=terminal).stdout
    words = (
        "demo",
        "coverage at least 85",
        "acme/shop",
        "git:push",
        "mentioned: code-task, label needs review: review",
        "github:ada",
        "pr:create",
    )
    until = "2026-02-07" if terminal else "2026-02-07T12:00Z"
    for word in (*words, "ada: github:ada, token:01K", "token:grace", until, "release week"):
        assert word in output
