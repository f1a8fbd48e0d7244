"""Notify: the issue that a job came from has one comment, which says how the job stands."""

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

# Whoever writes has so long. Then its function is over, and what it asked of the forge and gave up has arrived or never
# will; another takes over. A message that failed comes again later than this.
TURN = timedelta(minutes=4)
# A forge dates comments in whole seconds and by its own clock: the job's may be dated before the job.
DATED_EARLIER = timedelta(minutes=5)


class CommentBusy(Exception):
    """Somebody else is writing the comment: come again."""


class CommentState(Value):
    """What is known of a job's comment: its id, and the version and text that it shows.

    While somebody writes, `turn_until` is when that ends at the latest. Once people have deleted the comment it is
    `gone`, and there is no other.
    """

    comment_id: str | None = None
    version: int = 0
    digest: str = ""
    gone: bool = False
    turn_until: Timestamp | None = None


class IssueNotifier:
    """Writes comments, one at a time for a job, so that an older state never comes after a newer."""

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
        """Have the comment say how the job stands now; answers whether the forge was told.

        Nothing happens for a job that came from elsewhere. Raises CommentBusy, ForgeUnavailable.
        """
        job = self._jobs.get(workspace_id, job_id)
        if job is None or job.source.kind not in self._forges or not (job.repository and job.issue_number):
            return False
        key = f"comment#{workspace_id}#{job_id}"
        note = self._shared.read(key)
        kept = CommentState.model_validate_json(note.text) if note.text else CommentState()
        if kept.gone or (kept.turn_until is None and kept.version >= job.version):
            return False
        mine = self._acquire_lease(key, note, kept)
        written, told = self._write(self._jobs.get(workspace_id, job_id) or job, kept)
        if not self._shared.write(key, mine, _text(written)):
            raise CommentBusy(f"the turn to write the comment of job {job_id} was over")
        return told

    def _acquire_lease(self, key: str, note: VersionedRecord, kept: CommentState) -> VersionedRecord:
        now = self._clock()
        if kept.turn_until and now < kept.turn_until:
            raise CommentBusy(key)
        text = _text(kept.model_copy(update={"turn_until": now + TURN}))
        if not self._shared.write(key, note, text):
            raise CommentBusy(key)
        return VersionedRecord(text, note.version + 1)

    def _write(self, job: Job, kept: CommentState) -> tuple[CommentState, bool]:
        """What the comment is known to be then, and whether the forge was called to write."""
        body = comment(job)
        digest = sha256(body.encode()).hexdigest()
        shown = {"version": job.version, "digest": digest, "turn_until": None}
        if kept.digest == digest:
            return kept.model_copy(update=shown), False
        forge = self._forges[job.source.kind]()
        repository, issue = job.repository or "", job.issue_number or 0
        # Whoever had the turn before may have died between writing the comment and noting its id.
        since = job.created_at - DATED_EARLIER
        known = kept.comment_id or forge.find(repository, issue, marker(job.id), since)
        if known is None:
            known = forge.create(repository, issue, body)
        elif not forge.update(repository, known, body):
            shown["gone"] = True
        return kept.model_copy(update={**shown, "comment_id": known}), True


def _text(kept: CommentState) -> str:
    return kept.model_dump_json(by_alias=True, exclude_none=True)
