"""Limit the concurrent runs of a workspace: each run needs one of its slots."""

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
# The most jobs read to count the runs in progress when a limit is new or has changed.
MAX_COUNTED = 200


class ConcurrencyLimiter:
    """Gives a slot to as many runs as the workspace allows.

    One versioned record lists the slot holders, and each change of it is conditional on the version before. No
    caller returns a slot: the next job that needs one removes the holders whose runs have ended. So a function
    that crashes keeps no slot.
    """

    def __init__(
        self, jobs: Jobs, shared: Coordination, wait_queue: WaitQueue, clock: Callable[[], datetime]
    ) -> None:
        self._jobs = jobs
        self._shared = shared
        self._wait_queue = wait_queue
        self._clock = clock

    def admit(self, job: Job, workspace: Workspace) -> bool:
        """Returns whether the attempt has a slot. Takes one if it is free and no job waits ahead."""
        if workspace.max_running is None:
            return True
        key = f"slots#{workspace.id}"
        for _ in range(TRIES):
            record = self._shared.read(key)
            known = Slots.model_validate_json(record.text) if record.text else Slots()
            taken = self._with_slot(known, job, workspace, workspace.max_running)
            if taken is None:
                return False
            # Written even when unchanged: another stitcher may have removed this holder since the read.
            if self._shared.write(key, record, taken.model_dump_json(by_alias=True, exclude_none=True)):
                return True
        logger.warning("the slots were not updated: too many concurrent writers", workspace_id=workspace.id)
        return False

    def _with_slot(self, known: Slots, job: Job, workspace: Workspace, limit: int) -> Slots | None:
        """Returns the slots with one for the job, or None when the job has to wait."""
        own = holder(job)
        if own in known.holders:
            return known
        if len(known.holders) >= limit:
            if self._count_ahead(job, 1):
                return None
            known = self._without_stale_holders(known, workspace.id, limit)
        if len(known.holders) < limit:
            known = self._counted(known, workspace)
        if own in known.holders:
            return known
        free = limit - len(known.holders)
        if free <= 0:
            return None
        if self._count_ahead(job, free) >= free:
            self._wait_queue.enqueue_first(job.workspace_id, Waiting.SLOT)
            return None
        return known.with_(own)

    def _count_ahead(self, job: Job, most: int) -> int:
        front = self._jobs.waiting(job.workspace_id, Waiting.SLOT, most)
        return sum(other.queue_position < job.queue_position for other in front)

    def _without_stale_holders(self, known: Slots, workspace_id: str, limit: int) -> Slots:
        """Removes holders that need no slot any more, until one slot is free or no such holder is left."""
        stale: set[SlotHolder] = set()
        for slot_holder in known.holders:
            if len(known.holders) - len(stale) < limit:
                break
            if not self._needs_slot(workspace_id, slot_holder):
                stale.add(slot_holder)
        return known.without(frozenset(stale))

    def _needs_slot(self, workspace_id: str, slot_holder: SlotHolder) -> bool:
        try:
            return needs_slot(self._jobs.get(workspace_id, slot_holder.job_id), slot_holder)
        except ValidationError:
            # The job cannot be read, so it may be running.
            return True

    def _counted(self, known: Slots, workspace: Workspace) -> Slots:
        """Adds the runs that took no slot because the workspace had no limit when they began."""
        now = self._clock()
        if known.is_counted(workspace.version, now):
            return known
        query = JobQuery(
            workspace_id=workspace.id,
            types=workspace.all_types,
            status=frozenset({JobStatus.RUNNING, JobStatus.QUEUED}),
        )
        jobs = self._jobs.page(query, MAX_COUNTED, None)
        return known.counted(workspace.version, tuple(holder(job) for job in jobs if occupies_slot(job)), now)
