"""Write an answer to a request on an issue: a reaction, and a text in the issue's one comment for answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from mosaic.base import Timestamp
from mosaic.forge.answer_comment import MARKER, MAX_ANSWERS, answer_comment
from mosaic.forge.comments import Comments, ReactionTarget
from mosaic.forge.issue_answer import IssueAnswer
from mosaic.services.comment_writer import CommentWriter, LeasedComment, write_comment
from mosaic.storage.coordination import Coordination

# The answers whose ids are remembered. A delivery that is repeated after so many others is answered again.
MAX_REMEMBERED = 50


class AnswersState(LeasedComment):
    """The stored state of an issue's comment for answers: those that it shows, and the ids of those written.

    `since` is the time of the first answer: the comment was created no earlier.
    """

    since: Timestamp | None = None
    answers: tuple[IssueAnswer, ...] = ()
    written: tuple[str, ...] = ()

    def with_answer(self, answer: IssueAnswer) -> AnswersState:
        """Returns the state with one more answer, newest first, of which the last MAX_ANSWERS stay."""
        newest = sorted((*self.answers, answer), key=lambda shown: (shown.at, shown.id), reverse=True)
        return self.model_copy(
            update={
                "answers": tuple(newest[:MAX_ANSWERS]),
                "written": (*self.written, answer.id)[-MAX_REMEMBERED:],
            }
        )


class AnswerWriter(CommentWriter):
    """Writes answers, each once. An issue gets one comment for answers, regardless of the number of requests."""

    def __init__(
        self,
        shared: Coordination,
        forges: Mapping[str, Callable[[], Comments]],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(shared, clock)
        self._forges = forges

    def write(self, answer: IssueAnswer) -> bool:
        """Writes the reaction and the text of the answer; returns whether the forge was called.

        Does nothing on a forge that is not configured. Raises CommentBusy, ForgeUnavailable.
        """
        if answer.provider not in self._forges:
            return False
        forge = self._forges[answer.provider]()
        target = ReactionTarget(answer.issue_number, answer.comment_id, answer.comment_kind)
        forge.react(answer.repository, target, "eyes" if answer.outcome == "accepted" else "confused")
        if answer.text is not None:
            self._write_text(forge, answer)
        return True

    def _write_text(self, forge: Comments, answer: IssueAnswer) -> None:
        key = _key(answer)
        record = self._shared.read(key)
        stored = AnswersState.model_validate_json(record.text) if record.text else AnswersState()
        if answer.id in stored.written:
            return
        state = stored.model_copy(update={"since": min(stored.since or answer.at, answer.at)})
        leased = self._acquire_lease(key, record, state)
        self._release_lease(key, leased, _written(forge, answer, state.with_answer(answer)))


def _written(forge: Comments, answer: IssueAnswer, state: AnswersState) -> AnswersState:
    """Returns the state after writing the comment. A comment that people deleted is created again."""
    body, since = answer_comment(state.answers), state.since or answer.at
    repository, issue = answer.repository, answer.issue_number
    for known_id in (state.comment_id, None):
        comment_id, there = write_comment(
            forge, repository, issue, body, known_id=known_id, beginning=MARKER, since=since
        )
        if there:
            break
    return state.model_copy(update={"comment_id": comment_id})


def _key(answer: IssueAnswer) -> str:
    """Returns the key of the issue's record. Forges ignore case in repository names."""
    issue = f"{answer.provider}:{answer.repository.lower()}:{answer.issue_number}"
    return f"comment#{answer.workspace_id}#answers#{issue}"
