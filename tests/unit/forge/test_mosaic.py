"""Intents of the bot's own deliveries."""

from typing import Any

import pytest

from mosaic.forge import mosaic
from mosaic.forge.errors import PayloadError
from mosaic.forge.event_handlers import UNKNOWN_ACTOR
from mosaic.forge.intent import CommandRequested, Ignored, Intent, JobRequested

FULL: dict[str, Any] = {
    "issueNumber": 17,
    "repository": "harbour/light_house.py",
    "action": "commented",
    "comment": "@mosaic fix the timer",
    "metadata": {
        "actor": "ada",
        "title": "The lamp blinks twice",
        "body": "After midnight.",
        "url": "https://git.harbour.example/harbour/lighthouse/issues/17",
        "commentId": 902,
        "labels": ["bug"],
        "type": "code-task",
        "profile": "weaver",
        "branch": {"name": "once"},
    },
}
LEAST: dict[str, Any] = {"issueNumber": 17, "repository": "a/b", "action": "mentioned"}


def parse(payload: object, fingerprint: str = "f00d") -> Intent:
    return mosaic.parse(payload, "mosaic", fingerprint=fingerprint)


def job(payload: object, fingerprint: str = "f00d") -> JobRequested:
    intent = parse(payload, fingerprint)
    assert isinstance(intent, JobRequested)
    return intent


def refused(payload: object) -> PayloadError:
    with pytest.raises(PayloadError) as error:
        parse(payload)
    return error.value


def test_delivery_with_all_fields() -> None:
    intent = job(FULL)
    assert (intent.provider, intent.repository, intent.action) == (
        "mosaic",
        "harbour/light_house.py",
        "commented",
    )
    assert intent.instructions == "fix the timer"
    assert (intent.actor, intent.labels) == ("ada", ("bug",))
    assert (intent.issue.title, intent.issue.body) == ("The lamp blinks twice", "After midnight.")
    assert intent.url == FULL["metadata"]["url"]
    assert intent.issue.comment is not None
    assert (intent.issue.comment.text, intent.issue.comment.id) == ("@mosaic fix the timer", "902")
    assert intent.metadata == {"type": "code-task", "profile": "weaver", "branch": {"name": "once"}}


def test_delivery_with_required_fields() -> None:
    intent = job(LEAST)
    assert intent.instructions == "Work on issue #17."
    assert intent.actor == UNKNOWN_ACTOR
    assert intent.issue.comment is None


@pytest.mark.parametrize(
    ("action", "comment", "instructions"),
    [
        ("mentioned", "fix the timer", "fix the timer"),
        ("mentioned", "@mosaic fix the timer", "fix the timer"),
        ("commented", "@mosaic fix the timer", "fix the timer"),
        ("assigned", "after the release", "after the release"),
        ("assigned", None, "Work on issue #17."),
        ("mentioned", "  ", "Work on issue #17."),
    ],
)
def test_instructions_come_from_comment_or_issue(action: str, comment: str | None, instructions: str) -> None:
    assert job(LEAST | {"action": action, "comment": comment}).instructions == instructions


@pytest.mark.parametrize("comment", [None, "", "fix the timer", "`@mosaic` is a name"])
def test_comment_without_mention_is_ignored(comment: str | None) -> None:
    ignored = parse(LEAST | {"action": "commented", "comment": comment})
    assert ignored == Ignored(reason="the comment does not mention @mosaic")


@pytest.mark.parametrize("comment", ["cancel", "@mosaic cancel"])
def test_comment_can_be_a_command(comment: str) -> None:
    intent = parse(LEAST | {"comment": comment})
    assert isinstance(intent, CommandRequested)
    assert intent.command == "cancel"


def test_own_comments_are_ignored() -> None:
    ignored = parse(LEAST | {"comment": "done", "metadata": {"actor": "mosaic"}})
    assert ignored == Ignored(reason="sent by the bot itself")


class TestClaim:
    def test_comment_id_defines_the_claim(self) -> None:
        mentioned = FULL | {"action": "mentioned"}
        assert job(FULL, "one").claim == job(mentioned, "two").claim
        assert job(FULL).claim == "mosaic:harbour/light_house.py:comment:id:902"
        other = FULL | {"metadata": {"commentId": "903"}}
        assert job(other).claim != job(FULL).claim

    def test_fingerprint_replaces_missing_id(self) -> None:
        assert job(LEAST, "one").claim == job(LEAST, "one").claim
        assert job(LEAST, "one").claim != job(LEAST, "two").claim

    def test_id_and_fingerprint_give_different_claims(self) -> None:
        assert job(LEAST | {"metadata": {"commentId": "one"}}).claim != job(LEAST, "one").claim


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"issueNumber": 0}, "issueNumber"),
        ({"issueNumber": "17"}, "issueNumber"),
        ({"issueNumber": True}, "issueNumber"),
        ({"issueNumber": 1.5}, "issueNumber"),
        ({"repository": "lighthouse"}, "repository"),
        ({"repository": "a/b/c"}, "repository"),
        ({"repository": "../b"}, "repository"),
        ({"action": "opened"}, "action"),
        ({"comment": 1}, "comment"),
        ({"comment": "x" * 65_537}, "comment"),
        ({"secret": "x"}, "secret"),
        ({"issue_number": 1}, "issue_number"),
        ({"metadata": None}, "metadata"),
        ({"metadata": {"actor": ""}}, "metadata.actor"),
        ({"metadata": {"url": "javascript:alert(1)"}}, "metadata.url"),
        ({"metadata": {"commentId": 1.5}}, "metadata.commentId"),
        ({"metadata": {"labels": "bug"}}, "metadata.labels"),
        ({"metadata": {"labels": [1]}}, "metadata.labels[0]"),
        ({"metadata": {"profile": 1}}, "metadata.profile"),
        ({"metadata": {"note": "x" * 20_000}}, "metadata"),
        ({"metadata": {"note": float("nan")}}, "metadata"),
        ({"metadata": {"note": "\ud800"}}, "metadata"),
        ({"metadata": {"note": [[[[[[[[[]]]]]]]]]}}, "metadata"),
    ],
)
def test_invalid_field_is_named(change: dict[str, object], field: str) -> None:
    assert refused(LEAST | change).field == field


@pytest.mark.parametrize("missing", LEAST)
def test_missing_field_is_named(missing: str) -> None:
    assert refused({name: value for name, value in LEAST.items() if name != missing}).field == missing


@pytest.mark.parametrize("payload", [None, [], "x", 7])
def test_other_json_than_object_is_rejected(payload: object) -> None:
    assert refused(payload).field == "body"


def test_repository_is_read_before_authentication() -> None:
    assert mosaic.repository_of(FULL) == "harbour/light_house.py"
    strangers: list[object] = [{}, [], None, {"repository": {"full_name": "a/b"}}, {"repository": "a"}]
    for payload in strangers:
        assert mosaic.repository_of(payload) is None
