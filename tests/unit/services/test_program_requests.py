"""Bots and agents that mention the bot request nothing, unless the workspace allows it."""

from __future__ import annotations

from typing import Any

import pytest

from mosaic.access.model import Workspace
from mosaic.forge import gitea, github
from mosaic.forge.answer_comment import MARKER
from mosaic.forge.comment import marker
from mosaic.forge.intent import Ignored, Intent
from tests.fakes.simulated_deployment import SimulatedDeployment

WORKSPACE = Workspace(
    id="demo",
    allowed_bots=("github:Renovate[bot]", "gitea:release"),
    agent_logins=("github:weaver-agent", "gitea:gitea-actions", "github:both[bot]"),
)
BOTH = WORKSPACE.model_copy(update={"allowed_bots": ("github:both[bot]",)})


def comment(
    provider: str, login: str, type: str | None = None, text: str = "@mosaic mend it", event: str = "comment"
) -> Intent:
    user = {"login": login, "type": type} if type else {"login": login}
    payload: dict[str, Any] = {"repository": {"full_name": "acme/shop"}, "sender": user}
    if event == "comment":
        payload |= {
            "action": "created",
            "issue": {"number": 7, "title": "The lamp", "user": {"login": "ada"}},
        }
        payload["comment"] = {"id": 1, "body": text, "user": user}
    else:
        payload |= {
            "action": "opened",
            "issue": {"number": 7, "title": "The lamp", "body": text, "user": user},
        }
    parse = github.parse if provider == "github" else gitea.parse
    return parse("issue_comment" if event == "comment" else "issues", payload, "mosaic")


@pytest.mark.parametrize("event", ["comment", "opened"])
@pytest.mark.parametrize("text", ["@mosaic mend it", "@mosaic retry", "@mosaic status", "@mosaic approve"])
@pytest.mark.parametrize(
    ("provider", "login", "type", "counts"),
    [
        ("github", "ada", "User", True),
        ("github", "ada", None, True),
        ("github", "dependabot[bot]", "Bot", False),
        ("github", "dependabot[bot]", None, False),
        ("github", "Copilot", "Bot", False),
        ("github", "renovate[bot]", "Bot", True),
        ("github", "Weaver-Agent", "User", False),
        ("github", "both[bot]", "Bot", False),
        ("gitea", "release", None, True),
        ("gitea", "gitea-actions", None, False),
    ],
)
def test_mention_of_a_program_counts_if_listed(
    deployment: SimulatedDeployment,
    provider: str,
    login: str,
    type: str | None,
    counts: bool,
    text: str,
    event: str,
) -> None:
    workspace = BOTH if login == "both[bot]" else WORKSPACE
    result = deployment.webhook_handler.handle(workspace, comment(provider, login, type, text, event))
    refused = any(name in (result.ignored or "") for name in ("allowedBots", "agentLogins"))
    assert refused is not counts
    if text == "@mosaic mend it":
        assert (result.job is not None) is counts


def test_refused_program_gets_no_answer(deployment: SimulatedDeployment) -> None:
    """Another program could answer the answer, without end."""
    deployment.webhook_handler.handle(WORKSPACE, comment("github", "dependabot[bot]", "Bot"))
    assert deployment.bus.answers == []
    deployment.webhook_handler.handle(WORKSPACE, comment("github", "ada"))
    assert len(deployment.bus.answers) == 1


@pytest.mark.parametrize("event", ["comment", "opened"])
@pytest.mark.parametrize("mark", [marker("01KGA000000000000000000001"), MARKER])
def test_copy_of_the_bots_comment_is_no_request(mark: str, event: str) -> None:
    for text in (f"{mark}\n\n@mosaic retry", f"Look:\n {mark}\n@mosaic retry"):
        assert isinstance(comment("github", "ada", text=text, event=event), Ignored)
    quoted = comment("github", "ada", text=f"> {mark}\n\n@mosaic mend it", event=event)
    assert not isinstance(quoted, Ignored)
