"""The comments of a forge, over the fake and over both REST APIs; and what the bot writes there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from mosaic.forge.comment import comment, marker, quoted
from mosaic.forge.comments import Comments, ForgeComments, ForgeUnavailable
from mosaic.jobs import lifecycle
from mosaic.jobs.failures import failed
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
    """A forge, and what it holds."""

    comments: Comments
    held: FakeComments


@pytest.fixture
def server() -> Iterator[ForgeServer]:
    server = ForgeServer(FakeComments())
    yield server
    server.close()


@pytest.fixture(params=["fake", "github", "gitea"])
def forge(request: pytest.FixtureRequest) -> ForgeBackend:
    if request.param == "fake":
        held = FakeComments()
        return ForgeBackend(held, held)
    server: ForgeServer = request.getfixturevalue("server")
    return ForgeBackend(ForgeComments(request.param, server.url, "t0ken", "mosaic"), server.held)


def test_a_comment_is_written_found_again_and_changed(forge: ForgeBackend) -> None:
    made = forge.comments.create(REPOSITORY, 7, f"{MARK}\n\none")
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON) == made
    assert forge.comments.update(REPOSITORY, made, f"{MARK}\n\ntwo")
    assert [each.body for each in forge.held.on(REPOSITORY, 7)] == [f"{MARK}\n\ntwo"]


@pytest.mark.parametrize(
    ("author", "body"),
    [
        ("ada", f"{MARK}\n\nmine"),
        ("mosaic", f"quoting {MARK}"),
        ("mosaic", "<!-- mosaic:K -->"),
        ("mosaic2", MARK),
    ],
)
def test_what_only_looks_like_the_bot_s_comment_is_not_it(
    forge: ForgeBackend, author: str, body: str
) -> None:
    forge.held.add(REPOSITORY, 7, author, body)
    forge.held.add(REPOSITORY, 8, "mosaic", MARK)
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON) is None


@pytest.mark.parametrize("author", ["mosaic", "Mosaic", "mosaic[bot]"])
def test_the_bot_is_known_as_a_user_and_as_an_app_behind_many_others(
    forge: ForgeBackend, author: str
) -> None:
    for number in range(230):
        forge.held.add(REPOSITORY, 7, "ada", f"comment {number}")
    own = forge.held.add(REPOSITORY, 7, author, MARK)
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON) == str(own.id)


def test_only_what_was_written_since_is_looked_through(forge: ForgeBackend) -> None:
    made = forge.comments.create(REPOSITORY, 7, MARK)
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON - timedelta(milliseconds=1)) == made
    assert forge.comments.find(REPOSITORY, 7, MARK, NOON + timedelta(milliseconds=1)) is None


def test_a_comment_that_is_gone_is_said_to_be(forge: ForgeBackend) -> None:
    assert forge.comments.update(REPOSITORY, "99", "text") is False


CALLS: dict[str, Callable[[Comments], object]] = {
    "find": lambda forge: forge.find(REPOSITORY, 7, MARK, NOON),
    "create": lambda forge: forge.create(REPOSITORY, 7, "text"),
    "update": lambda forge: forge.update(REPOSITORY, "1", "text"),
}


@pytest.mark.parametrize("status", [401, 403, 422, 429, 500, 503, 302])
@pytest.mark.parametrize("call", CALLS)
def test_whatever_else_the_forge_answers_is_no_success_and_tells_no_token(
    server: ForgeServer, call: str, status: int
) -> None:
    server.answers = status
    with pytest.raises(ForgeUnavailable, match=str(status)) as raised:
        CALLS[call](ForgeComments("github", server.url, "t0ken", "mosaic"))
    assert "t0ken" not in repr(raised.value)


@pytest.mark.parametrize("call", CALLS)
def test_a_forge_that_cannot_be_reached_says_so(call: str) -> None:
    with pytest.raises(ForgeUnavailable, match="cannot be reached"):
        CALLS[call](ForgeComments("gitea", "http://127.0.0.1:1", "t0ken", "mosaic"))


@pytest.mark.parametrize(
    ("dialect", "path", "token"),
    [
        ("github", "/repos/acme/shop%2F..%2Fx/issues/7/comments", "Bearer t0ken"),
        ("gitea", "/api/v1/repos/acme/shop%2F..%2Fx/issues/7/comments", "token t0ken"),
    ],
)
def test_each_forge_is_asked_in_its_own_way(server: ForgeServer, dialect: str, path: str, token: str) -> None:
    ForgeComments(dialect, server.url, "t0ken", "mosaic").create("acme/shop/../x", 7, "text")  # type: ignore[arg-type]
    assert server.asked == [("POST", path, token)]


def job(**fields: object) -> Job:
    source = {"kind": "github", "actor": "github:ada"}
    made = samples.job(repository=REPOSITORY, issue_number=7, source=source, type="code-task")
    return made.evolve(**fields)


SAID: list[tuple[Job, str]] = [
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
    (lifecycle.cancel(job(), NOON, "token:ada"), "`retry`"),
]


@pytest.mark.parametrize(
    ("job", "said"), SAID, ids=lambda value: value[:20] if isinstance(value, str) else ""
)
def test_the_comment_says_how_the_job_stands_and_what_comes_next(job: Job, said: str) -> None:
    text = comment(job)
    assert text.startswith(f"{marker(job.id)}\n\n**Job `{job.id}`**")
    assert said in text
    assert "Next: " in text


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
def test_what_others_said_can_neither_call_anybody_nor_leave_its_quotation(text: str) -> None:
    said = quoted(text)
    fence, *lines, end = said.split("\n")
    ticks = fence.removesuffix("text")
    assert set(ticks) == {"`"}
    assert end == ticks
    assert not any(ticks in line for line in lines)
    assert all(after == "\u200b" for after in (said[at + 1] for at, sign in enumerate(said) if sign == "@"))
    assert len(said.encode()) < 10_000


def test_names_of_checks_are_no_markup() -> None:
    check = Reporter(kind="status", provider="gitea", context="@ops/*ci* <b> #12 `x`")
    text = comment(
        job(status=JobStatus.RUNNING, phase=Phase.VALIDATION, gates=({"id": "a", "reporter": check},))
    )
    assert "the gitea status @\u200bops/\\*ci\\* \\<b\\> #\u200b12 \\`x\\`." in text


def test_a_summary_calls_nobody() -> None:
    done = job(status=JobStatus.COMPLETED, result=Result(summary="ask @ada\n```\n@bob"))
    assert "@ada" not in comment(done)
    assert "@bob" not in comment(done)
