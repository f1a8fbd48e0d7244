"""Notify an issue: keep one comment on the job's issue that shows the job's present state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

from mosaic.forge.comment import comment, marker
from mosaic.forge.comments import Comments
from mosaic.jobs.model import Job
from mosaic.jobs.states import Waiting
from mosaic.services.agent_message import text_hash
from mosaic.services.comment_writer import CommentWriter, LeasedComment, write_comment
from mosaic.storage.coordination import Coordination
from mosaic.storage.jobs import Jobs


class CommentState(LeasedComment):
    """The stored state of a job's comment, with the version and the text that it shows.

    `gone` means that people deleted the comment; it is not created again.
    """

    version: int = 0
    digest: str = ""
    gone: bool = False


def job_comment(job: Job) -> str:
    """Returns the comment that shows the job's present state."""
    return comment(job, text_hash(job) if job.waiting is Waiting.APPROVAL else None)


class IssueNotifier(CommentWriter):
    """Writes comments, one at a time for a job, so that an older state never replaces a newer one."""

    def __init__(
        self,
        jobs: Jobs,
        shared: Coordination,
        forges: Mapping[str, Callable[[], Comments]],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(shared, clock)
        self._jobs = jobs
        self._forges = forges

    def notify(self, workspace_id: str, job_id: str) -> bool:
        """Updates the comment to the job's present state; returns whether the forge was called to write.

        Does nothing for a job without an issue on a configured forge. Raises CommentBusy, ForgeUnavailable.
        """
        job = self._jobs.get(workspace_id, job_id)
        if job is None or job.source.kind not in self._forges or not (job.repository and job.issue_number):
            return False
        key = f"comment#{workspace_id}#{job_id}"
        record = self._shared.read(key)
        state = CommentState.model_validate_json(record.text) if record.text else CommentState()
        if state.gone or (state.lease_until is None and state.version >= job.version):
            return False
        leased = self._acquire_lease(key, record, state)
        written, called = self._write(self._jobs.get(workspace_id, job_id) or job, state)
        self._release_lease(key, leased, written)
        return called

    def _write(self, job: Job, state: CommentState) -> tuple[CommentState, bool]:
        """Returns the state after writing, and whether the forge was called to write."""
        body = job_comment(job)
        digest = sha256(body.encode()).hexdigest()
        changes = {"version": job.version, "digest": digest}
        if state.digest == digest:
            return state.model_copy(update=changes), False
        comment_id, there = write_comment(
            self._forges[job.source.kind](),
            job.repository or "",
            job.issue_number or 0,
            body,
            known_id=state.comment_id,
            beginning=marker(job.id),
            since=job.created_at,
        )
        return state.model_copy(update={**changes, "comment_id": comment_id, "gone": not there}), True
