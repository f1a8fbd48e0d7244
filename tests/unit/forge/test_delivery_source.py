"""The sender and the repository of a delivery, with the forge's ids, and deliveries without a sender."""

from collections.abc import Callable
from typing import Any

import pytest

from mosaic.forge import gitea, github
from mosaic.forge.event_handlers import UNKNOWN_ACTOR
from mosaic.forge.intent import CommitPushed, GateReported, Intent, JobRequested

Load = Callable[[str], dict[str, Any]]

REPORTS = [
    (github.parse, "push", "github/push"),
    (github.parse, "status", "github/status"),
    (github.parse, "check_run", "github/check_run.completed"),
    (gitea.parse, "push", "gitea/push"),
    (gitea.parse, "status", "gitea/status"),
]
REQUESTS = [
    (github.parse, "issue_comment", "github/issue_comment.created"),
    (github.parse, "issues", "github/issues.assigned"),
    (gitea.parse, "issue_comment", "gitea/issue_comment.created"),
    (gitea.parse, "issue_assign", "gitea/issue_assign.assigned"),
]


def without_sender(payload: Any, how: str) -> Any:
    if how == "missing":
        return {name: value for name, value in payload.items() if name != "sender"}
    return payload | {"sender": None}


@pytest.mark.parametrize("how", ["null", "missing"])
@pytest.mark.parametrize(("parse", "event", "name"), REPORTS)
def test_report_needs_no_sender(load: Load, parse: Any, event: str, name: str, how: str) -> None:
    intent = parse(event, without_sender(load(name), how), "mosaic")
    assert isinstance(intent, GateReported | CommitPushed)


@pytest.mark.parametrize("how", ["null", "missing"])
@pytest.mark.parametrize(("parse", "event", "name"), REQUESTS)
def test_request_without_sender_is_unknown(load: Load, parse: Any, event: str, name: str, how: str) -> None:
    """An unknown requester has no rights, whatever the author of the text is."""
    intent = parse(event, without_sender(load(name), how), "mosaic")
    assert isinstance(intent, JobRequested)
    assert (intent.actor, intent.actor_id, intent.is_collaborator) == (UNKNOWN_ACTOR, None, False)


@pytest.mark.parametrize(("parse", "event", "name"), [*REPORTS, *REQUESTS])
def test_ids_are_read(load: Load, parse: Any, event: str, name: str) -> None:
    intent: Any = parse(event, load(name), "mosaic")
    forge = name.partition("/")[0]
    assert intent.repository_id == {"github": "github:880100200", "gitea": "gitea:31"}[forge]


@pytest.mark.parametrize(("sent", "known"), [(7, 7), (0, None), (-2, None), (None, None), (2**63, None)])
def test_only_ids_of_accounts_count(load: Load, sent: int | None, known: int | None) -> None:
    """Gitea's accounts without a person, such as `gitea-actions`, share ids below 0 between instances."""
    payload = load("gitea/issue_comment.created")
    payload["sender"]["id"] = sent
    intent: Intent = gitea.parse("issue_comment", payload, "mosaic")
    assert isinstance(intent, JobRequested)
    assert intent.actor_id == known


def test_repository_without_id_is_known_by_name(load: Load) -> None:
    payload = load("github/issue_comment.created")
    del payload["repository"]["id"]
    intent = github.parse("issue_comment", payload, "mosaic")
    assert isinstance(intent, JobRequested)
    assert intent.repository_id is None
    assert intent.claim.startswith("github:harbour/lighthouse:")
