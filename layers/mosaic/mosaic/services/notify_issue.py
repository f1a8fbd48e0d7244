"""Notify an issue: keep one comment on the job's issue that shows the job's present state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from mosaic.base import Timestamp, Value
from mosaic.forge.comment import comment, marker
from mosaic.forge.comments import Comments
from mosaic.jobs.model import Job
from mosaic.storage.coordination import Coordination, VersionedRecord
from mosaic.storage.jobs import Jobs

# Longer than the function runs, so that no call of an expired lease can still arrive at the forge. Shorter than the
# time until a failed message is delivered again.
WRITE_LEASE = timedelta(minutes=4)
# A forge dates comments in whole seconds by its own clock, so a comment may seem older than its job.
MAX_FORGE_CLOCK_SKEW = timedelta(minutes=5)


class CommentBusy(Exception):
    """Another function holds the lease of the comment; try again later."""


class CommentState(Value):
    """The stored state of a job's comment: its id, and the version and text that it shows.

    `lease_until` is set while a function writes the comment. `gone` means that people deleted the comment; it is
    not created again.
    """

    comment_id: str | None = None
    version: int = 0
    digest: str = ""
    gone: bool = False
    lease_until: Timestamp | None = None


class IssueNotifier:
    """Writes comments, one at a time for a job, so that an older state never replaces a newer one."""

    def __init__(
        self,
        jobs: Jobs,
        shared: Coordination,
        forges: Mapping[str, Callable[[], Comments]],
        clock: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._shared = shared
        self._forges = forges
        self._clock = clock

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
        if not self._shared.write(key, leased, _text(written)):
            raise CommentBusy(f"the lease of the comment of job {job_id} expired")
        return called

    def _acquire_lease(self, key: str, record: VersionedRecord, state: CommentState) -> VersionedRecord:
        now = self._clock()
        if state.lease_until and now < state.lease_until:
            raise CommentBusy(key)
        text = _text(state.model_copy(update={"lease_until": now + WRITE_LEASE}))
        if not self._shared.write(key, record, text):
            raise CommentBusy(key)
        return VersionedRecord(text, record.version + 1)

    def _write(self, job: Job, state: CommentState) -> tuple[CommentState, bool]:
        """Returns the state after writing, and whether the forge was called to write."""
        body = comment(job)
        digest = sha256(body.encode()).hexdigest()
        changes = {"version": job.version, "digest": digest, "lease_until": None}
        if state.digest == digest:
            return state.model_copy(update=changes), False
        forge = self._forges[job.source.kind]()
        repository, issue = job.repository or "", job.issue_number or 0
        # An earlier function may have crashed between writing the comment and storing its id.
        since = job.created_at - MAX_FORGE_CLOCK_SKEW
        comment_id = state.comment_id or forge.find(repository, issue, marker(job.id), since)
        if comment_id is None:
            comment_id = forge.create(repository, issue, body)
        elif not forge.update(repository, comment_id, body):
            changes["gone"] = True
        return state.model_copy(update={**changes, "comment_id": comment_id}), True


def _text(state: CommentState) -> str:
    return state.model_dump_json(by_alias=True, exclude_none=True)
