"""A place for each run of a workspace that lets only so many go on at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from mosaic.access.model import Workspace
from mosaic.jobs.job_query import JobQuery
from mosaic.jobs.model import Job
from mosaic.jobs.slots import SlotHolder, Slots, holder, needs_slot, occupies_slot
from mosaic.jobs.states import JobStatus, Waiting
from mosaic.services.wait_queue import WaitQueue
from mosaic.storage.coordination import Coordination
from mosaic.storage.jobs import Jobs

logger = Logger(child=True)

TRIES = 10
# Runs that are looked for when a limit is new or has changed.
MAX_COUNTED = 200


class ConcurrencyLimiter:
    """Lets so many runs through as the workspace allows.

    Who holds a place is one note, and each change of it is conditional on the one before. A place is not given
    back: whoever wants one looks which holders still need theirs, and so it comes right by itself, whoever died.
    """

    def __init__(
        self, jobs: Jobs, shared: Coordination, wait_queue: WaitQueue, clock: Callable[[], datetime]
    ) -> None:
        self._jobs = jobs
        self._shared = shared
        self._wait_queue = wait_queue
        self._clock = clock

    def admit(self, job: Job, workspace: Workspace) -> bool:
        """Whether the attempt has a place; it is taken if there is one free and nobody stands before it."""
        if workspace.max_running is None:
            return True
        key = f"places#{workspace.id}"
        for _ in range(TRIES):
            note = self._shared.read(key)
            known = Slots.model_validate_json(note.text) if note.text else Slots()
            taken = self._with(known, job, workspace, workspace.max_running)
            if taken is None:
                return False
            # Also where nothing changes: nobody may have found meanwhile that the place was not needed.
            if self._shared.write(key, note, taken.model_dump_json(by_alias=True, exclude_none=True)):
                return True
        logger.warning("the places are being changed by too many others", workspace_id=workspace.id)
        return False

    def _with(self, known: Slots, job: Job, workspace: Workspace, limit: int) -> Slots | None:
        """The places with one for the job; None when it has to wait."""
        mine = holder(job)
        if mine in known.holders:
            return known
        if len(known.holders) >= limit:
            if self._stand_before(job, 1):
                return None
            known = self._reconciled(known, workspace.id, limit)
        if len(known.holders) < limit:
            known = self._counted(known, workspace)
        if mine in known.holders:
            return known
        free = limit - len(known.holders)
        if free <= 0:
            return None
        if self._stand_before(job, free) >= free:
            self._wait_queue.enqueue_first(job.workspace_id, Waiting.SLOT)
            return None
        return known.with_(mine)

    def _stand_before(self, job: Job, most: int) -> int:
        front = self._jobs.waiting(job.workspace_id, Waiting.SLOT, most)
        return sum(other.queue_position < job.queue_position for other in front)

    def _reconciled(self, known: Slots, workspace_id: str, limit: int) -> Slots:
        """Without holders that need no place any more: as many as make one free, if there are so many."""
        gone: set[SlotHolder] = set()
        for held in known.holders:
            if len(known.holders) - len(gone) < limit:
                break
            if not self._keeps(workspace_id, held):
                gone.add(held)
        return known.without(frozenset(gone))

    def _keeps(self, workspace_id: str, held: SlotHolder) -> bool:
        try:
            return needs_slot(self._jobs.get(workspace_id, held.job_id), held)
        except ValidationError:
            # It may be running: nobody can tell.
            return True

    def _counted(self, known: Slots, workspace: Workspace) -> Slots:
        """With everybody who runs without having taken a place, since there was no limit when they began."""
        now = self._clock()
        if known.is_counted(workspace.version, now):
            return known
        asked = JobQuery(
            workspace_id=workspace.id,
            types=workspace.all_types,
            status=frozenset({JobStatus.RUNNING, JobStatus.QUEUED}),
        )
        found = self._jobs.page(asked, MAX_COUNTED, None)
        return known.counted(
            workspace.version, tuple(holder(job) for job in found if occupies_slot(job)), now
        )
