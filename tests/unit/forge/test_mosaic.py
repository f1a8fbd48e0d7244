"""What the bot's own deliveries ask for."""

from typing import Any

import pytest

from mosaic.forge import mosaic
from mosaic.forge.errors import PayloadError
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


def test_all_that_can_be_said() -> None:
    asked = job(FULL)
    assert (asked.provider, asked.repository, asked.action) == (
        "mosaic",
        "harbour/light_house.py",
        "commented",
    )
    assert asked.instructions == "fix the timer"
    assert (asked.actor, asked.labels) == ("ada", ("bug",))
    assert (asked.issue.title, asked.issue.body) == ("The lamp blinks twice", "After midnight.")
    assert asked.url == FULL["metadata"]["url"]
    assert asked.issue.comment is not None
    assert (asked.issue.comment.text, asked.issue.comment.id) == ("@mosaic fix the timer", "902")
    assert asked.metadata == {"type": "code-task", "profile": "weaver", "branch": {"name": "once"}}


def test_the_least_that_can_be_said() -> None:
    asked = job(LEAST)
    assert asked.instructions == "Work on issue #17."
    assert asked.actor == mosaic.UNKNOWN_ACTOR
    assert asked.issue.comment is None


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
def test_what_is_to_be_done(action: str, comment: str | None, instructions: str) -> None:
    assert job(LEAST | {"action": action, "comment": comment}).instructions == instructions


@pytest.mark.parametrize("comment", [None, "", "fix the timer", "`@mosaic` is a name"])
def test_a_comment_to_others_asks_nothing(comment: str | None) -> None:
    ignored = parse(LEAST | {"action": "commented", "comment": comment})
    assert ignored == Ignored(reason="the comment does not mention @mosaic")


@pytest.mark.parametrize("comment", ["cancel", "@mosaic cancel"])
def test_a_comment_may_be_a_command(comment: str) -> None:
    intent = parse(LEAST | {"comment": comment})
    assert isinstance(intent, CommandRequested)
    assert intent.command == "cancel"


def test_the_bot_does_not_talk_to_itself() -> None:
    ignored = parse(LEAST | {"comment": "done", "metadata": {"actor": "mosaic"}})
    assert ignored == Ignored(reason="sent by the bot itself")


class TestClaim:
    def test_a_comment_with_an_id_is_one_request_however_it_is_delivered(self) -> None:
        mentioned = FULL | {"action": "mentioned"}
        assert job(FULL, "one").claim == job(mentioned, "two").claim
        assert job(FULL).claim == "mosaic:harbour/light_house.py:comment:id:902"
        other = FULL | {"metadata": {"commentId": "903"}}
        assert job(other).claim != job(FULL).claim

    def test_without_an_id_the_signed_delivery_itself_is_the_claim(self) -> None:
        assert job(LEAST, "one").claim == job(LEAST, "one").claim
        assert job(LEAST, "one").claim != job(LEAST, "two").claim

    def test_an_id_is_no_fingerprint(self) -> None:
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
def test_what_is_not_in_the_form_is_refused_by_name(change: dict[str, object], field: str) -> None:
    assert refused(LEAST | change).field == field


@pytest.mark.parametrize("missing", LEAST)
def test_what_is_missing_is_named(missing: str) -> None:
    assert refused({name: value for name, value in LEAST.items() if name != missing}).field == missing


@pytest.mark.parametrize("payload", [None, [], "x", 7])
def test_what_is_no_object_is_refused(payload: object) -> None:
    assert refused(payload).field == "body"


def test_the_repository_is_known_before_anything_is_proven() -> None:
    assert mosaic.repository_of(FULL) == "harbour/light_house.py"
    strangers: list[object] = [{}, [], None, {"repository": {"full_name": "a/b"}}, {"repository": "a"}]
    for payload in strangers:
        assert mosaic.repository_of(payload) is None
