"""The comments of a forge, with the fake and both REST APIs, and the text of the bot's comment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from mosaic.forge.comment import comment, marker, quoted
from mosaic.forge.comments import Comments, ForgeComments, ForgeUnavailable, ReactionTarget
from mosaic.jobs import lifecycle
from mosaic.jobs.failures import FAILURES, failed
from mosaic.jobs.gates import Reporter
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus, Phase, Waiting
from mosaic.jobs.value_objects import Result
from tests.fakes import samples
from tests.fakes.clock import NOON
from tests.fakes.forge import FakeComments, ForgeServer

REPOSITORY = "acme/shop"
MARK = "<!-- mosaic:J -->"


@dataclass
class ForgeBackend:
    """A forge and its comments."""

    comments: Comments
    stored: FakeComments


@pytest.fixture
def server() -> Iterator[ForgeServer]:
    server = ForgeServer(FakeComments())
    yield server
    server.close()


@pytest.fixture(params=["fake", "github", "gitea", "forgejo"])
def forge(request: pytest.FixtureRequest) -> ForgeBackend:
    if request.param == "fake":
        held = FakeComments()
        return ForgeBackend(held, held)
    server: ForgeServer = request.getfixturevalue("server")
    return ForgeBackend(ForgeComments(request.param, server.url, "t0ken", "mosaic"), server.comments)


def test_comment_is_created_found_and_updated(forge: ForgeBackend) -> None:
    created = forge.comments.create(REPOSITORY, 7, f"{MARK}\n\none")
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON) == created
    assert forge.comments.update(REPOSITORY, created, f"{MARK}\n\ntwo")
    assert [each.body for each in forge.stored.on(REPOSITORY, 7)] == [f"{MARK}\n\ntwo"]


@pytest.mark.parametrize(
    ("author", "body"),
    [
        ("ada", f"{MARK}\n\nmine"),
        ("mosaic", f"quoting {MARK}"),
        ("mosaic", "<!-- mosaic:K -->"),
        ("mosaic2", MARK),
    ],
)
def test_similar_comment_by_others_is_ignored(forge: ForgeBackend, author: str, body: str) -> None:
    forge.stored.add(REPOSITORY, 7, author, body)
    forge.stored.add(REPOSITORY, 8, "mosaic", MARK)
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON) is None


@pytest.mark.parametrize("author", ["mosaic", "Mosaic", "mosaic[bot]"])
def test_bot_comment_is_found_on_later_pages(forge: ForgeBackend, author: str) -> None:
    for number in range(230):
        forge.stored.add(REPOSITORY, 7, "ada", f"comment {number}")
    own = forge.stored.add(REPOSITORY, 7, author, MARK)
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON) == str(own.id)


def test_search_starts_at_the_given_time(forge: ForgeBackend) -> None:
    created = forge.comments.create(REPOSITORY, 7, MARK)
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON - timedelta(milliseconds=1)) == created
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON + timedelta(milliseconds=1)) is None


def test_update_of_deleted_comment_returns_false(forge: ForgeBackend) -> None:
    assert forge.comments.update(REPOSITORY, "99", "text") is False


TARGETS: list[tuple[ReactionTarget, str, str]] = [
    (ReactionTarget(7), "issues/7", "issues/7"),
    (ReactionTarget(7, "41"), "issues/comments/41", "issues/comments/41"),
    (ReactionTarget(7, "41", "review_comment"), "pulls/comments/41", "issues/comments/41"),
    (ReactionTarget(7, "41", "review"), "issues/7", "issues/comments/41"),
]


def test_reaction_is_added_once(forge: ForgeBackend) -> None:
    comment = forge.stored.add(REPOSITORY, 7, "ada", "@mosaic work")
    target = ReactionTarget(7, str(comment.id))
    for _ in range(2):
        assert forge.comments.react(REPOSITORY, target, "eyes")
    ((repository, reacted, reaction),) = forge.stored.reactions
    assert (repository, reacted.comment_id, reaction) == (REPOSITORY, target.comment_id, "eyes")


def test_issue_itself_gets_a_reaction(forge: ForgeBackend) -> None:
    assert forge.comments.react(REPOSITORY, ReactionTarget(7), "confused")
    assert forge.stored.reactions == {(REPOSITORY, ReactionTarget(7), "confused")}


def test_reaction_to_a_deleted_comment_returns_false(forge: ForgeBackend) -> None:
    assert not forge.comments.react(REPOSITORY, ReactionTarget(7, "99"), "eyes")
    assert forge.stored.reactions == set()


@pytest.mark.parametrize(("target", "github", "gitea"), TARGETS)
@pytest.mark.parametrize("dialect", ["github", "gitea", "forgejo"])
def test_reaction_follows_the_api_of_the_forge(
    server: ForgeServer, dialect: str, target: ReactionTarget, github: str, gitea: str
) -> None:
    ForgeComments(dialect, server.url, "t0ken", "mosaic").react(REPOSITORY, target, "eyes")  # type: ignore[arg-type]
    ((method, path, _),) = server.requests
    prefix, expected = ("", github) if dialect == "github" else ("/api/v1", gitea)
    assert (method, path) == ("POST", f"{prefix}/repos/acme/shop/{expected}/reactions")


CALLS: dict[str, Callable[[Comments], object]] = {
    "find": lambda forge: forge.find(REPOSITORY, 7, MARK, NOON),
    "create": lambda forge: forge.create(REPOSITORY, 7, "text"),
    "update": lambda forge: forge.update(REPOSITORY, "1", "text"),
    "react": lambda forge: forge.react(REPOSITORY, ReactionTarget(7, "1"), "eyes"),
}


@pytest.mark.parametrize("status", [403, 404, 410, 422])
def test_impossible_reaction_returns_false(server: ForgeServer, status: int) -> None:
    """A conversation is locked, or the forge does not offer the reaction: the text is written all the same."""
    server.answers = status
    forge = ForgeComments("github", server.url, "t0ken", "mosaic")
    assert not forge.react(REPOSITORY, ReactionTarget(7), "confused")


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (call, status)
        for call in CALLS
        for status in (401, 403, 422, 429, 500, 503, 302)
        if call != "react" or status not in (403, 422)
    ],
)
def test_other_responses_fail_without_the_token(server: ForgeServer, call: str, status: int) -> None:
    server.answers = status
    with pytest.raises(ForgeUnavailable, match=str(status)) as raised:
        CALLS[call](ForgeComments("github", server.url, "t0ken", "mosaic"))
    assert "t0ken" not in repr(raised.value)


@pytest.mark.parametrize("call", CALLS)
def test_unreachable_forge_is_reported(call: str) -> None:
    with pytest.raises(ForgeUnavailable, match="cannot be reached"):
        CALLS[call](ForgeComments("gitea", "http://127.0.0.1:1", "t0ken", "mosaic"))


@pytest.mark.parametrize(
    ("dialect", "path", "token"),
    [
        ("github", "/repos/acme/shop%2F..%2Fx/issues/7/comments", "Bearer t0ken"),
        ("gitea", "/api/v1/repos/acme/shop%2F..%2Fx/issues/7/comments", "token t0ken"),
    ],
)
def test_requests_follow_the_api_of_the_forge(
    server: ForgeServer, dialect: str, path: str, token: str
) -> None:
    ForgeComments(dialect, server.url, "t0ken", "mosaic").create("acme/shop/../x", 7, "text")  # type: ignore[arg-type]
    assert server.requests == [("POST", path, token)]


def job(**fields: object) -> Job:
    source = {"kind": "github", "actor": "github:ada"}
    created = samples.job(repository=REPOSITORY, issue_number=7, source=source, type="code-task")
    return created.evolve(**fields)


WAITS_AGAIN = job(status=JobStatus.PENDING, waiting=Waiting.APPROVAL, attempt=2)
COMMENTS: list[tuple[Job, str]] = [
    (job(), "is **QUEUED**."),
    (job(attempt=2), "attempt 2"),
    (job(status=JobStatus.PENDING, waiting=Waiting.APPROVAL), "waiting for an admin to approve the job"),
    (
        job(status=JobStatus.PENDING, waiting=Waiting.DELAY, run_at=NOON),
        "delayed, until 2026-11-22 12:00 UTC",
    ),
    (job(status=JobStatus.PENDING, waiting=Waiting.SLOT), "waiting for a slot"),
    (job(status=JobStatus.RUNNING, phase=Phase.EXECUTION), "waiting for the agent to finish"),
    (
        job(status=JobStatus.RUNNING, phase=Phase.VALIDATION, gates=({"id": "build"},), commit_sha="a" * 40),
        "- `build`: PENDING",
    ),
    (job(status=JobStatus.COMPLETED, result=Result(summary="all done")), "all done"),
    (lifecycle.fail(job(), failed("run_failed", detail="boom"), NOON, "x"), "boom"),
    (lifecycle.cancel(job(), NOON, "token:ada"), "`retry {code}`"),
    (job(), "Its code is `{code}`."),
    (job(), "`cancel {code}`"),
    (job(status=JobStatus.PENDING, waiting=Waiting.APPROVAL), "`approve {code}` or `deny {code}`"),
    (WAITS_AGAIN, "`approve {code}-2` or `deny {code}-2`"),
    (WAITS_AGAIN, "Its code is `{code}-2`."),
    (job(attempt=2), "Its code is `{code}`."),
]


@pytest.mark.parametrize(
    ("job", "expected"), COMMENTS, ids=lambda value: value[:20] if isinstance(value, str) else ""
)
def test_comment_has_status_and_next_action(job: Job, expected: str) -> None:
    text = comment(job)
    assert text.startswith(f"{marker(job.id)}\n\n**Job `{job.id}`**")
    assert expected.replace("{code}", job.short_code) in text
    assert "Next: " in text


@pytest.mark.parametrize(
    ("waiting", "shown"), [(Waiting.APPROVAL, True), (Waiting.SLOT, False), (None, False)]
)
def test_hash_of_the_agent_text_is_shown_for_approval(waiting: Waiting | None, shown: bool) -> None:
    text = comment(job(status=JobStatus.PENDING, waiting=waiting), "sha256:abc")
    assert ("has the hash `sha256:abc`" in text) is shown


@pytest.mark.parametrize(
    "text",
    [
        "@ada look",
        "```\n@ada\n```",
        "````` and ``` @all",
        "<!-- mosaic:OTHER --> @ada",
        "[x](http://evil.test) #12 @ada/team",
        "@" * 5000,
    ],
)
def test_quoted_text_cannot_mention_or_escape(text: str) -> None:
    block = quoted(text)
    fence, *lines, end = block.split("\n")
    ticks = fence.removesuffix("text")
    assert set(ticks) == {"`"}
    assert end == ticks
    assert not any(ticks in line for line in lines)
    assert all(block[index + 1] == "\u200b" for index, char in enumerate(block) if char == "@")
    assert len(block.encode()) < 10_000


def test_check_names_are_escaped() -> None:
    check = Reporter(kind="status", provider="gitea", context="@ops/*ci* <b> #12 `x`")
    text = comment(
        job(status=JobStatus.RUNNING, phase=Phase.VALIDATION, gates=({"id": "a", "reporter": check},))
    )
    assert "the gitea status @\u200bops/\\*ci\\* \\<b\\> #\u200b12 \\`x\\`." in text


def test_summary_mentions_no_user() -> None:
    done = job(status=JobStatus.COMPLETED, result=Result(summary="ask @ada\n```\n@bob"))
    assert "@ada" not in comment(done)
    assert "@bob" not in comment(done)


@pytest.mark.parametrize(
    ("role", "approved", "shown"),
    [("member", None, True), ("guest", True, True), ("guest", False, False), ("guest", None, False)],
)
def test_reply_to_a_guest_is_public_if_approved(role: str, approved: bool | None, shown: bool) -> None:
    approval = {"approved": approved, "actor": "github:eve", "reason": "r", "capabilities": (), "at": NOON}
    done = job(
        source={"kind": "github", "actor": "github:bob", "role": role},
        approval=None if approved is None else approval,
        status=JobStatus.COMPLETED,
        result=Result(summary="the key is 1234"),
    )
    assert ("the key is 1234" in comment(done)) is shown
    assert ("nobody approved this job" in comment(done)) is not shown


# Failures with a `detail` that comes from the gateway before it has started an agent.
BEFORE_THE_RUN = {"gateway_unavailable", "gateway_away", "gateway_refused"}


@pytest.mark.parametrize("code", [code for code, failure in FAILURES.items() if "{detail}" in failure.title])
@pytest.mark.parametrize("role", ["member", "guest"])
def test_error_of_a_guests_run_is_not_public(code: str, role: str) -> None:
    values = {"detail": "the key is 1234", "tries": 3, "hours": 24}
    ended = job(
        source={"kind": "github", "actor": "github:bob", "role": role},
        status=JobStatus.FAILED,
        error=failed(code, **values),
    )
    shown = role == "member" or code in BEFORE_THE_RUN
    assert ("the key is 1234" in comment(ended)) is shown
    assert ("nobody approved this job" in comment(ended)) is not shown
