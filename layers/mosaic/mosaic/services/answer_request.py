"""Answer a request on an issue: publish what the bot shall say there, for the notifier to write.

The function that handles webhooks holds no token of a forge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aws_lambda_powertools import Logger

from mosaic.forge.intent import CommandRequested, JobRequested
from mosaic.forge.issue_answer import MAX_LINES, IssueAnswer, JobLine
from mosaic.jobs.actors import FORGES
from mosaic.jobs.model import Job
from mosaic.jobs.text import cut
from mosaic.storage.event_bus import AnswerEntry, Bus

logger = Logger(child=True)

MAX_TEXT_BYTES = 2048
MAX_NAME_BYTES = 200
MAX_URL = 512


class RequestAnswers:
    """Publishes the answers. A lost answer does not fail the request, and is published again with its delivery."""

    def __init__(self, bus: Bus, clock: Callable[[], datetime]) -> None:
        self._bus = bus
        self._clock = clock

    def send(
        self,
        workspace_id: str,
        request: JobRequested | CommandRequested,
        refusal: str | None,
        shown: Sequence[Job] = (),
    ) -> None:
        """Publishes that the request was accepted, or refused for the reason `refusal`, with the jobs to list.

        The bot's own form has no issue to answer on.
        """
        if request.provider not in FORGES:
            return
        answer = _answer(workspace_id, request, refusal, shown, self._clock())
        if self._bus.publish([AnswerEntry(answer)]):
            logger.warning("an answer was not published", answer_id=answer.id, outcome=answer.outcome)


def _answer(
    workspace_id: str,
    request: JobRequested | CommandRequested,
    refusal: str | None,
    shown: Sequence[Job],
    now: datetime,
) -> IssueAnswer:
    comment = request.issue.comment
    return IssueAnswer(
        workspace_id=workspace_id,
        id=request.claim,
        provider=request.provider,
        repository=request.repository,
        issue_number=request.issue.number,
        outcome="refused" if refusal else "accepted",
        actor=cut(request.actor, MAX_NAME_BYTES),
        comment_id=comment.id if comment else None,
        comment_kind=comment.kind if comment else "comment",
        url=request.url if request.url and len(request.url) <= MAX_URL else None,
        text=_text(request, refusal),
        jobs=tuple(JobLine.of(job) for job in shown[:MAX_LINES]),
        more_jobs=max(0, len(shown) - MAX_LINES),
        at=now,
    )


def _text(request: JobRequested | CommandRequested, refusal: str | None) -> str | None:
    if refusal:
        return cut(refusal, MAX_TEXT_BYTES)
    is_status = isinstance(request, CommandRequested) and request.command == "status"
    return "the jobs of this issue" if is_status else None
