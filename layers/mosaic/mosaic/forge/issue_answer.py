"""What the bot answers to a request on an issue: a reaction, and a text in the one comment for answers. Pure."""

from __future__ import annotations

from typing import Literal

from mosaic.base import Timestamp, Value
from mosaic.forge.intent import CommentKind
from mosaic.jobs.model import Job
from mosaic.jobs.states import JobStatus

MAX_LINES = 10
"""The most jobs that an answer lists."""


class JobLine(Value):
    """A job in an answer; a command needs `code` (`Job.command_code`)."""

    code: str
    type: str
    attempt: int
    status: JobStatus
    next: str

    @classmethod
    def of(cls, job: Job) -> JobLine:
        """Returns the line of a job."""
        return cls(
            code=job.command_code,
            type=job.type,
            attempt=job.attempt,
            status=job.status,
            next=job.next.what,
        )


class IssueAnswer(Value):
    """The answer to one request; a request that is delivered again has the same `id`.

    `comment_id` is the comment with the request, of the kind `comment_kind`; None for a request by the issue itself.
    `text` is None if a reaction says enough. `jobs` are the jobs that the text is about, and `more_jobs` the number
    of those beyond MAX_LINES.
    """

    workspace_id: str
    id: str
    provider: str
    repository: str
    issue_number: int
    outcome: Literal["accepted", "refused"]
    actor: str
    comment_id: str | None = None
    comment_kind: CommentKind = "comment"
    url: str | None = None
    text: str | None = None
    jobs: tuple[JobLine, ...] = ()
    more_jobs: int = 0
    at: Timestamp
