"""Forgejo's deliveries have Gitea's payloads, and headers of their own."""

from collections.abc import Callable
from typing import Any

import pytest

from mosaic.forge import forgejo
from mosaic.forge.intent import CommitPushed, GateReported, JobRequested

Load = Callable[[str], dict[str, Any]]

# As Forgejo 7 sends them (services/webhook/default.go).
HEADERS = {
    "X-Forgejo-Event": "issues",
    "X-Forgejo-Event-Type": "issue_assign",
    "X-Gitea-Event": "gitea-event",
    "X-Gitea-Event-Type": "gitea-type",
    "X-Gogs-Event": "gogs-event",
    "X-GitHub-Event": "github-event",
}


def test_event_is_that_of_forgejos_headers() -> None:
    assert forgejo.event_of(HEADERS) == "issue_assign"
    assert forgejo.event_of({**HEADERS, "X-Forgejo-Event-Type": ""}) == "issues"


@pytest.mark.parametrize("name", ["X-Gitea-Event", "X-Gitea-Event-Type", "X-GitHub-Event"])
def test_headers_of_other_forges_name_no_event(name: str) -> None:
    assert forgejo.event_of({name: HEADERS[name]}) == ""


def test_comment_is_a_request_of_forgejo(load: Load) -> None:
    intent = forgejo.parse("issue_comment", load("gitea/issue_comment.created"), "mosaic")
    assert isinstance(intent, JobRequested)
    assert intent.identity == "forgejo:ada#5"
    assert intent.repository_id == "forgejo:31"
    assert intent.claim == "forgejo:31:comment:902:created"


def test_status_and_push_are_reports_of_forgejo(load: Load) -> None:
    status = forgejo.parse("status", load("gitea/status"), "mosaic")
    assert isinstance(status, GateReported)
    assert (status.provider, status.repository_id) == ("forgejo", "forgejo:31")
    push = forgejo.parse("push", load("gitea/push"), "mosaic")
    assert isinstance(push, CommitPushed)
    assert (push.provider, push.repository_id) == ("forgejo", "forgejo:31")
