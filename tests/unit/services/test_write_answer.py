"""Answers on an issue: one comment edited in place, and a reaction, whatever is repeated or crashes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mosaic.forge.answer_comment import MARKER, MAX_ANSWERS
from mosaic.forge.comments import ForgeUnavailable, ReactionTarget
from mosaic.forge.issue_answer import IssueAnswer, JobLine
from mosaic.jobs.states import JobStatus
from mosaic.services.comment_writer import WRITE_LEASE, CommentBusy
from mosaic.services.write_answer import MAX_REMEMBERED, AnswerWriter
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.crash_injector import ConcurrentChange, CrashInjector, FailingCalls, ProcessKilled
from tests.fakes.forge import FakeComments
from tests.fakes.storage.coordination import FakeCoordination

REPOSITORY = "acme/shop"
LINE = JobLine(code="k3x9qa", type="code-task", attempt=2, status=JobStatus.RUNNING, next="waiting for @ci")


def answer(number: int = 1, **fields: Any) -> IssueAnswer:
    """Returns a refusal of the request with this number, made so many seconds after noon."""
    usual: dict[str, Any] = {
        "workspace_id": "demo",
        "id": f"claim-{number}",
        "provider": "github",
        "repository": REPOSITORY,
        "issue_number": 7,
        "outcome": "refused",
        "actor": "eve",
        "text": f"refusal {number}",
        "at": NOON + timedelta(seconds=number),
    }
    return IssueAnswer(**{**usual, **fields})


class Setup:
    """A forge, and writers for it."""

    def __init__(self) -> None:
        self.clock, self.shared = FakeClock(), FakeCoordination()
        self.forge = FakeComments(self.clock)

    def write(self, given: IssueAnswer, crashes: CrashInjector | None = None) -> bool:
        crashes = crashes or CrashInjector()
        forge = crashes.wrap(self.forge)
        return AnswerWriter(crashes.wrap(self.shared), {"github": lambda: forge}, self.clock).write(given)

    @property
    def bodies(self) -> list[str]:
        return [comment.body for comment in self.forge.on(REPOSITORY, 7)]

    @property
    def reactions(self) -> list[str]:
        return [reaction for _, _, reaction in self.forge.reactions]


@pytest.fixture
def setup() -> Setup:
    return Setup()


def test_accepted_request_gets_eyes_and_no_comment(setup: Setup) -> None:
    source = setup.forge.add(REPOSITORY, 7, "ada", "@mosaic work")
    setup.write(answer(outcome="accepted", text=None, comment_id=str(source.id)))
    assert setup.forge.reactions == {(REPOSITORY, ReactionTarget(7, str(source.id)), "eyes")}
    assert setup.bodies == ["@mosaic work"]


def test_refusals_share_one_comment(setup: Setup) -> None:
    for number in range(1, MAX_ANSWERS + 3):
        setup.write(answer(number))
    (body,) = setup.bodies
    shown = [number for number in range(1, MAX_ANSWERS + 3) if f"refusal {number}." in body]
    assert shown == [*range(3, MAX_ANSWERS + 3)]
    assert body.index("refusal 7") < body.index("refusal 3"), "the newest comes first"
    assert setup.reactions == ["confused"]


def test_late_answer_takes_its_place(setup: Setup) -> None:
    for number in (2, 3, 1):
        setup.write(answer(number))
    (body,) = setup.bodies
    assert body.index("refusal 3") < body.index("refusal 2") < body.index("refusal 1")


def test_repeated_answer_writes_nothing(setup: Setup) -> None:
    setup.write(answer())
    setup.write(answer(2))
    setup.write(answer(at=NOON + timedelta(hours=1)))
    assert setup.forge.writes == 2


def test_remembered_answers_are_bounded(setup: Setup) -> None:
    for number in range(MAX_REMEMBERED + 10):
        setup.write(answer(number))
    record = setup.shared.read("comment#demo#answers#github:acme/shop:7")
    assert record.text.count("claim-") == MAX_REMEMBERED + MAX_ANSWERS


@pytest.mark.parametrize("provider", ["gitea", "mosaic"])
def test_forge_without_url_gets_no_answer(setup: Setup, provider: str) -> None:
    assert not setup.write(answer(provider=provider))
    assert (setup.bodies, setup.reactions) == ([], [])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_crash_leaves_one_comment(moment: Any) -> None:
    counted = CrashInjector()
    Setup().write(answer(), counted)
    for at in range(1, len(counted.calls) + 1):
        setup = Setup()
        with pytest.raises(ProcessKilled):
            setup.write(answer(), CrashInjector(at, moment))
        setup.clock.forward(WRITE_LEASE.total_seconds() + 3600)
        setup.write(answer(2, at=setup.clock()))
        setup.write(answer())
        (body,) = setup.bodies
        assert "refusal 1" in body, (at, counted.calls[at - 1])
        assert "refusal 2" in body


def test_concurrent_writer_is_retried(setup: Setup) -> None:
    meanwhile, busy = ConcurrentChange("FakeComments.create"), []

    def rival() -> None:
        with pytest.raises(CommentBusy):
            setup.write(answer(2))
        busy.append(True)

    meanwhile.act = rival
    setup.write(answer(), meanwhile)
    setup.write(answer(2))
    assert (busy, len(setup.bodies), "refusal 2" in setup.bodies[0]) == ([True], 1, True)


def test_unreachable_forge_is_called_again(setup: Setup) -> None:
    lost = FailingCalls("FakeComments.create", ForgeUnavailable("no answer"))
    with pytest.raises(ForgeUnavailable):
        setup.write(answer(), lost)
    setup.clock.forward(WRITE_LEASE.total_seconds())
    setup.write(answer())
    assert len(setup.bodies) == 1


def test_deleted_comment_is_written_again(setup: Setup) -> None:
    setup.write(answer())
    setup.forge.comments.clear()
    setup.write(answer(2))
    assert len(setup.bodies) == 1


def test_request_in_a_deleted_comment_is_answered(setup: Setup) -> None:
    setup.write(answer(comment_id="99"))
    assert (len(setup.bodies), setup.reactions) == (1, [])


def test_each_issue_has_its_own_comment(setup: Setup) -> None:
    for number in (7, 8, 7, 8):
        setup.write(answer(len(setup.forge.comments) + number, issue_number=number))
    assert [comment.issue for comment in setup.forge.comments] == [7, 8]


def test_comment_shows_texts_without_markup(setup: Setup) -> None:
    setup.write(
        answer(
            actor="[eve](https://evil.test)",
            url="https://forge.test/7#issuecomment-1",
            text="no job has the code <b>@ada</b>\n\n# big `x`",
            jobs=(LINE,),
            more_jobs=3,
        )
    )
    (body,) = setup.bodies
    assert body.startswith(MARKER)
    assert "[Request](<https://forge.test/7#issuecomment-1>) by \\[eve\\]" in body
    assert "\\<b\\>@\u200bada\\</b\\> #\u200b big \\`x\\`:" in body
    assert "  - `k3x9qa` (`code-task`, attempt 2) is **RUNNING**: waiting for @\u200bci" in body
    assert "  - and 3 older jobs" in body
    assert "@mosaic" not in body


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x.test/a>b", "https://x.test/a b", "x" * 600]
)
def test_strange_url_is_not_linked(setup: Setup, url: str) -> None:
    setup.write(answer(url=url))
    assert "](" not in setup.bodies[0]
