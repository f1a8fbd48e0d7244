"""The bot's comment with its latest answers on an issue: one comment for an issue, edited in place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mosaic.forge.comment import escaped
from mosaic.forge.issue_answer import IssueAnswer, JobLine

MAX_ANSWERS = 5
"""The most answers that the comment shows."""

MARKER = "<!-- mosaic:answers -->"
"""The invisible first line of the comment, by which the bot finds it again."""

_INTRODUCTION = (
    "Answers to requests on this issue, the newest first. "
    "To mean one of several jobs, put its code behind the command, for example `cancel CODE`."
)
_URL = re.compile(r"https?://[^\s<>()\\]{1,512}")


def answer_comment(answers: Sequence[IssueAnswer]) -> str:
    """Returns the comment in Markdown; `answers` are newest first. Texts are shown without mentions and links."""
    return "\n\n".join([MARKER, _INTRODUCTION, *map(_answer, answers)]) + "\n"


def _answer(answer: IssueAnswer) -> str:
    return "\n".join([f"- {_heading(answer)}", *(f"  - {line}" for line in _lines(answer))])


def _heading(answer: IssueAnswer) -> str:
    refused = "**refused**: " if answer.outcome == "refused" else ""
    return f"{_request(answer)} by {escaped(answer.actor)}, {answer.at:%Y-%m-%d %H:%M} UTC: {refused}{_text(answer)}"


def _request(answer: IssueAnswer) -> str:
    if answer.url and _URL.fullmatch(answer.url):
        return f"[Request](<{answer.url}>)"
    return "Request"


def _text(answer: IssueAnswer) -> str:
    return " ".join(escaped(answer.text or "").split()) + (":" if answer.jobs else ".")


def _lines(answer: IssueAnswer) -> Iterator[str]:
    yield from map(_job, answer.jobs)
    if answer.more_jobs:
        yield f"and {answer.more_jobs} older jobs"


def _job(job: JobLine) -> str:
    attempt = f", attempt {job.attempt}" if job.attempt > 1 else ""
    return f"`{job.code}` (`{job.type}`{attempt}) is **{job.status}**: {' '.join(escaped(job.next).split())}"
