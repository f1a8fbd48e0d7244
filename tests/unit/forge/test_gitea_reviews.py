"""Reviews on Gitea and Forgejo: an event of its own for each type, and no id."""

from collections.abc import Callable
from typing import Any

import pytest

from mosaic.forge import forgejo, gitea
from mosaic.forge.intent import CommandRequested, Ignored, Intent, JobRequested

Load = Callable[[str], dict[str, Any]]

# The specific event and the general one, as Gitea's `HookEventType` has them.
EVENTS = {
    "pull_request_review_approved": "pull_request_approved",
    "pull_request_review_rejected": "pull_request_rejected",
    "pull_request_review_comment": "pull_request_comment",
}


def review(load: Load, text: str, review_type: str = "pull_request_review_comment", **fields: Any) -> Any:
    payload = load("gitea/issue_assign.assigned")
    payload["pull_request"] = payload.pop("issue")
    return payload | {"action": "reviewed", "review": {"type": review_type, "content": text}, **fields}


def parse(event: str, payload: Any) -> Intent:
    return gitea.parse(event, payload, "mosaic")


@pytest.mark.parametrize("forge", [gitea, forgejo])
@pytest.mark.parametrize("review_type", EVENTS)
@pytest.mark.parametrize("is_general", [True, False])
def test_mention_in_a_review_requests_a_job(
    load: Load, forge: Any, review_type: str, is_general: bool
) -> None:
    event = EVENTS[review_type] if is_general else review_type
    intent = forge.parse(event, review(load, "@mosaic fix the timer", review_type), "mosaic")
    assert isinstance(intent, JobRequested)
    assert (intent.instructions, intent.is_pull, intent.action) == ("fix the timer", True, "mentioned")
    assert (intent.actor, intent.issue.number) == ("ada", review(load, "")["pull_request"]["number"])


def test_command_in_a_review(load: Load) -> None:
    intent = parse("pull_request_review_rejected", review(load, "@mosaic cancel"))
    assert isinstance(intent, CommandRequested)
    assert intent.command == "cancel"


@pytest.mark.parametrize("text", ["", "looks good", None])
def test_review_without_mention_is_ignored(load: Load, text: Any) -> None:
    intent = parse("pull_request_review_approved", review(load, text))
    assert intent == Ignored(reason="the comment does not mention @mosaic")


def test_replay_of_a_review_repeats_the_claim(load: Load) -> None:
    claims = [
        intent.claim
        for payload in (
            review(load, "@mosaic fix it"),
            review(load, "@mosaic fix it"),
            review(load, "@mosaic fix it, please"),
            review(load, "@mosaic fix it", "pull_request_review_rejected"),
        )
        if isinstance(intent := parse("pull_request_review_comment", payload), JobRequested)
    ]
    assert claims[0] == claims[1]
    assert len({*claims}) == 3


def test_later_review_with_the_same_text_is_new(load: Load) -> None:
    first, later = review(load, "@mosaic fix it"), review(load, "@mosaic fix it")
    later["pull_request"]["updated_at"] = "2026-11-22T11:00:00Z"
    one, other = (parse("pull_request_review_comment", payload) for payload in (first, later))
    assert isinstance(one, JobRequested)
    assert isinstance(other, JobRequested)
    assert one.claim != other.claim


def test_own_review_is_ignored(load: Load) -> None:
    payload = review(load, "@mosaic fix it", sender={"login": "mosaic", "id": 9})
    assert parse("pull_request_review_comment", payload) == Ignored(reason="sent by the bot itself")
